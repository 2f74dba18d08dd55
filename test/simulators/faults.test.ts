import { createConnection } from 'node:net';
import { describe, expect, test } from 'vitest';
import { startDuroSimulator } from '../../src/simulators/duro/index.ts';
import type { Simulator } from '../../src/simulators/index.ts';
import { type Ask, controlClient, duroClient, idOf, opened } from './client.ts';

const PATH = '/v1/promo-codes';
const LAUNCH = { code: 'LAUNCH50', discountType: 'percentage', discountValue: 50 };

async function duro(): Promise<{ simulator: Simulator; ask: Ask }> {
  const simulator = await opened(startDuroSimulator());
  return { simulator, ask: duroClient(simulator) };
}

const create = (ask: Ask, code = 'LAUNCH50') => ask('POST', PATH, { ...LAUNCH, code });

describe('a fault answers', () => {
  test('with JSON and headers', async () => {
    const { simulator, ask } = await duro();
    const body = { error: { code: 'rate_limited', message: 'Slow down' } };
    simulator.fail({ kind: 'answer', status: 429, body, headers: { 'Retry-After': '7' } });
    const reply = await create(ask);
    expect(reply).toMatchObject({ status: 429, body });
    expect(reply.headers.get('retry-after')).toBe('7');
    expect(reply.headers.get('content-type')).toContain('application/json');
  });

  test('with HTML, or with text of another type', async () => {
    const { simulator, ask } = await duro();
    simulator.fail({ kind: 'answer', status: 502, body: '<h1>Bad gateway</h1>' });
    simulator.fail({ kind: 'answer', status: 200, body: '{"id":', headers: { 'Content-Type': 'application/json' } });
    const html = await create(ask);
    expect(html).toMatchObject({ status: 502, body: '<h1>Bad gateway</h1>' });
    expect(html.headers.get('content-type')).toBe('text/html');
    const text = await create(ask);
    expect(text).toMatchObject({ status: 200, body: '{"id":' });
    expect(text.headers.get('content-type')).toBe('application/json');
  });

  test('with an empty body', async () => {
    const { simulator, ask } = await duro();
    simulator.fail({ kind: 'answer', status: 500 });
    const reply = await create(ask);
    expect(reply).toMatchObject({ status: 500, body: '' });
    expect(reply.headers.get('content-length')).toBe('0');
  });

  test('with half of the real JSON in a complete response', async () => {
    const { simulator, ask } = await duro();
    simulator.fail({ kind: 'truncated-json', commit: true });
    const { status, body } = await create(ask);
    expect(status).toBe(201);
    expect(body).toEqual(expect.stringMatching(/^\{"id":"promo_/));
    expect((await create(ask)).status).toBe(409);
  });

  test('with half of the announced body', async () => {
    const { simulator, ask } = await duro();
    simulator.fail({ kind: 'half-body', commit: true });
    const raw = await rawAnswer(simulator, `${JSON.stringify(LAUNCH)}`);
    const [head = '', body = ''] = raw.split('\r\n\r\n');
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1]);
    expect(head).toMatch(/^HTTP\/1\.1 201 /);
    expect(body).toMatch(/^\{"id":"promo_/);
    expect(body.length).toBe(Math.floor(length / 2));
    expect((await create(ask)).status).toBe(409);
  });
});

describe('a fault strikes', () => {
  test('calls of its method and path only', async () => {
    const { simulator, ask } = await duro();
    const id = idOf(await create(ask));
    simulator.fail({ kind: 'answer', status: 503, method: 'patch', path: /promo-codes\/promo_/ });
    expect((await ask('GET', `${PATH}/${id}`)).status).toBe(200);
    expect((await create(ask, 'OTHER')).status).toBe(201);
    expect((await ask('PATCH', `${PATH}/${id}`, { active: false })).status).toBe(503);
    expect((await ask('GET', `${PATH}/${id}`)).body).toMatchObject({ active: true });
  });

  test('calls of any method on its path only', async () => {
    const { simulator, ask } = await duro();
    simulator.fail({ kind: 'answer', status: 503, path: /\/promo_none$/ });
    const id = idOf(await create(ask));
    expect((await ask('GET', `${PATH}/${id}?id=/promo_none`)).status).toBe(200);
    expect((await ask('GET', `${PATH}/promo_none`)).status).toBe(503);
  });

  test('the requested number of calls, the oldest fault first', async () => {
    const { simulator, ask } = await duro();
    simulator.fail({ kind: 'answer', status: 500, times: 2 });
    simulator.fail({ kind: 'answer', status: 503 });
    const statuses: number[] = [];
    for (let index = 0; index < 4; index += 1) statuses.push((await create(ask)).status);
    expect(statuses).toEqual([500, 500, 503, 201]);
  });

  test('every call until it is removed', async () => {
    const { simulator, ask } = await duro();
    simulator.fail({ kind: 'answer', status: 503, times: Number.POSITIVE_INFINITY });
    for (let index = 0; index < 5; index += 1) expect((await create(ask)).status).toBe(503);
    simulator.heal();
    expect((await create(ask)).status).toBe(201);
  });

  test('before the real work, or after it', async () => {
    const { simulator, ask } = await duro();
    simulator.fail({ kind: 'answer', status: 500 });
    expect((await create(ask)).status).toBe(500);
    simulator.fail({ kind: 'answer', status: 500, commit: true });
    expect((await create(ask)).status).toBe(500);
    expect((await create(ask)).status).toBe(409);
  });

  test('a call that the simulator has recorded', async () => {
    const { simulator, ask } = await duro();
    simulator.fail({ kind: 'hang-up' });
    await expect(create(ask)).rejects.toThrow();
    expect(simulator.calls).toMatchObject([{ method: 'POST', path: PATH, query: '', body: LAUNCH }]);
  });
});

describe('a delayed answer', () => {
  test('is sent when its delay ends; its work is done before', async () => {
    const { simulator, ask } = await duro();
    const [struck, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    simulator.fail({ kind: 'late', delay: release.promise, onStrike: struck.resolve });
    const held = create(ask);
    await struck.promise;
    expect((await create(ask)).status).toBe(409);
    release.resolve();
    expect((await held).status).toBe(201);
  });

  test('of a fault is sent when its delay ends', async () => {
    const { simulator, ask } = await duro();
    const [struck, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const order: string[] = [];
    simulator.fail({ kind: 'answer', status: 503, delay: release.promise, onStrike: struck.resolve });
    const held = create(ask).then(({ status }) => order.push(`answer ${status}`));
    await struck.promise;
    await create(ask);
    order.push('release');
    release.resolve();
    await held;
    expect(order).toEqual(['release', 'answer 503']);
  });

  test('whose delay ends after the simulator closed has no effect', async () => {
    const { simulator, ask } = await duroClosedByTest();
    const [struck, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    simulator.fail({ kind: 'late', delay: release.promise, onStrike: struck.resolve });
    const held = expect(create(ask)).rejects.toThrow();
    await struck.promise;
    await simulator.close();
    release.resolve();
    await held;
  });
});

describe('silence', () => {
  test('ends when the client gives up, and the simulator continues', async () => {
    const { simulator, ask } = await duro();
    const struck = Promise.withResolvers<void>();
    const client = new AbortController();
    simulator.fail({ kind: 'silence', commit: true, onStrike: struck.resolve });
    const headers = { authorization: `Bearer ${simulator.apiKey}` };
    const body = JSON.stringify(LAUNCH);
    const silent = fetch(`${simulator.url}${PATH}`, { method: 'POST', headers, body, signal: client.signal });
    await struck.promise;
    client.abort();
    await expect(silent).rejects.toThrow('aborted');
    expect((await create(ask)).status).toBe(409);
  });

  test('ends when the simulator closes', async () => {
    const { simulator, ask } = await duroClosedByTest();
    const struck = Promise.withResolvers<void>();
    simulator.fail({ kind: 'silence', onStrike: struck.resolve });
    const silent = expect(create(ask)).rejects.toThrow();
    await struck.promise;
    await simulator.close();
    await silent;
  });
});

describe('a control call from another process', () => {
  test.each([
    ['an answer', { kind: 'answer', status: 503, body: { error: 'x' }, headers: { 'retry-after': '1' } }, 503],
    ['half of a JSON text', { kind: 'truncated-json', commit: true, method: 'POST', path: 'promo-codes$' }, 201],
  ])('adds a fault: %s', async (_, fault, status) => {
    const { simulator, ask } = await duro();
    expect((await controlClient(simulator)('POST', '/_sandbox/faults', fault)).status).toBe(201);
    expect((await create(ask)).status).toBe(status);
  });

  test('adds a permanent fault, and removes it', async () => {
    const { simulator, ask } = await duro();
    const control = controlClient(simulator);
    await control('POST', '/_sandbox/faults', { kind: 'answer', status: 503, times: 'always' });
    for (let index = 0; index < 3; index += 1) expect((await create(ask)).status).toBe(503);
    expect((await control('DELETE', '/_sandbox/faults')).status).toBe(200);
    expect((await create(ask)).status).toBe(201);
  });

  test.each([
    ['/_sandbox/faults', { kind: 'explosion' }],
    ['/_sandbox/faults', { kind: 'answer', status: 42 }],
    ['/_sandbox/redeem', { id: 'promo_none' }],
    ['/_sandbox/redeem', { id: 'promo_none', uses: 0 }],
  ])('to %s refuses %o', async (path, body) => {
    const { simulator } = await duro();
    expect(await controlClient(simulator)('POST', path, body)).toMatchObject({
      status: 400,
      body: { error: expect.any(String) },
    });
  });

  test('is not recorded, and an unknown one gets 404', async () => {
    const { simulator } = await duro();
    expect((await controlClient(simulator)('GET', '/_sandbox/none')).status).toBe(404);
    expect(simulator.calls).toEqual([]);
  });
});

async function duroClosedByTest(): Promise<{ simulator: Simulator; ask: Ask }> {
  const simulator = await startDuroSimulator();
  return { simulator, ask: duroClient(simulator) };
}

/** The raw response to a creation, until the connection closes. */
async function rawAnswer(simulator: Simulator, body: string): Promise<string> {
  const { hostname, port } = new URL(simulator.url);
  const socket = createConnection({ host: hostname, port: Number(port) });
  const head = [`POST ${PATH} HTTP/1.1`, 'Host: sandbox', `Authorization: Bearer ${simulator.apiKey}`];
  socket.write([...head, `Content-Length: ${body.length}`, '', body].join('\r\n'));
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
