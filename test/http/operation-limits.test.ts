import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type Json, type RunningGateway, startGateway } from '../support/start-gateway.ts';

let gateway: RunningGateway;
afterEach(() => gateway?.stop());

async function start(settings: Record<string, string> = {}): Promise<void> {
  gateway = await startGateway({ settings });
}

async function ask(body: Json, headers: Record<string, string> = { 'content-type': 'application/json' }) {
  const answer = await fetch(gateway.url, {
    method: 'POST',
    headers: { accept: 'application/graphql-response+json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await answer.text();
  const { data, errors }: Json = text.startsWith('{') ? JSON.parse(text) : {};
  return {
    status: answer.status,
    data,
    message: errors?.[0].message ?? text,
    code: errors?.[0].extensions?.code,
    headers: answer.headers,
  };
}

/**
 * A query that selects a code, its coupon, the coupon's codes, and so on. It has 2 levels and 3 more for each round
 * trip.
 */
function roundTrips(count: number): string {
  const below = (left: number): string =>
    left === 0 ? 'id' : `coupon { promoCodes(first: 0) { nodes { ${below(left - 1)} } } }`;
  return `{ promoCode(id: "") { ${below(count)} } }`;
}

describe('the limits on an operation', () => {
  it('limit its depth', async () => {
    await start({ MAX_DEPTH: '11' });
    expect(await ask({ query: roundTrips(3) })).toMatchObject({ status: 200, data: { promoCode: null } });
    const refused = { status: 400, message: expect.stringMatching(/^Query depth limit of 11 .*\(MAX_DEPTH\)$/) };
    expect(await ask({ query: roundTrips(4) })).toMatchObject(refused);
    const hidden = `{ promoCode(id: "") { ...Deep } } fragment Deep on PromoCode ${roundTrips(4).replace('{ promoCode(id: "") ', '').slice(0, -2)}`;
    expect(await ask({ query: hidden })).toMatchObject(refused);
  });

  it('limit its aliases, directives and tokens', async () => {
    await start({ MAX_ALIASES: '30', MAX_DIRECTIVES: '5', MAX_TOKENS: '1000' });
    const times = (count: number, text: (index: number) => string) =>
      Array.from({ length: count }, (_, index) => text(index)).join(' ');
    const aliases = (count: number) => `{ ${times(count, (index) => `a${index}: __typename`)} }`;
    expect(await ask({ query: aliases(30) })).toMatchObject({ status: 200 });
    expect(await ask({ query: aliases(31) })).toMatchObject({
      status: 400,
      message: 'Aliases limit of 30 exceeded, found 31 (MAX_ALIASES)',
    });
    const directives = (count: number) => `{ __typename ${times(count, () => '@skip(if: false)')} }`;
    expect(await ask({ query: directives(6) })).toMatchObject({
      status: 400,
      message: 'Directives limit of 5 exceeded, found 6 (MAX_DIRECTIVES)',
    });
    // The query has twelve tokens, and one for each id.
    const tokens = (count: number) => `{ nodes(ids: [${times(count - 12, () => '""')}]) { id } }`;
    expect(await ask({ query: tokens(1000) })).toMatchObject({ status: 200 });
    expect(await ask({ query: tokens(1001) })).toMatchObject({
      status: 400,
      message: expect.stringContaining('more that 1000 tokens'),
    });
  });

  it('limit the bytes of its body', async () => {
    await start({ MAX_BODY_BYTES: '100000', MAX_DOCUMENT_CHARACTERS: '200000' });
    const query = (bytes: number) => `{ __typename } #${'x'.repeat(bytes)}`;
    expect(await ask({ query: query(99_000) })).toMatchObject({ status: 200 });
    expect(await ask({ query: query(100_000) })).toMatchObject({ status: 413 });
  });

  it('limit the characters of its text, including comments, before it is parsed', async () => {
    await start({ MAX_DOCUMENT_CHARACTERS: '1000' });
    const refused = { status: 400, code: 'DOCUMENT_TOO_LARGE' };
    const ofLength = (length: number) => `{ __typename }${'#\n'.repeat(length / 2)}`.slice(0, length);
    expect(await ask({ query: ofLength(1000) })).toMatchObject({ status: 200 });
    expect(await ask({ query: ofLength(1001) })).toMatchObject(refused);
    // The limit applies before the parser finds the syntax error.
    expect(await ask({ query: '{'.repeat(1001) })).toMatchObject(refused);
  });

  it('limit the rows of lists by the published weights, for literal sizes and variables', async () => {
    await start();
    const query =
      'query ($first: Int) { promoCodes(first: $first) { nodes { redemptions(first: 100) { nodes { id } } } } }';
    expect(await ask({ query, variables: { first: 90 } })).toMatchObject({ status: 200 });
    const refused = {
      status: 400,
      code: 'OPERATION_TOO_EXPENSIVE',
      message: expect.stringContaining('more than 10000'),
    };
    expect(await ask({ query, variables: { first: 100 } })).toMatchObject(refused);
    expect(await ask({ query: query.replace('$first)', '100)').replace('($first: Int)', '') })).toMatchObject(refused);
  });
});

it('the cost of an operation is computed within a bounded amount of work, however the operation is written', async () => {
  await start();
  const chain = Array.from(
    { length: 60 },
    (_, index) => `fragment F${index} on Query { ...F${index + 1} ...F${index + 1} }`,
  );
  const query = `{ ...F0 } ${chain.join(' ')} fragment F60 on Query { __typename }`;
  expect(await ask({ query })).toMatchObject({ status: 200, data: { __typename: 'Query' } });
});

describe('introspection and GraphiQL', () => {
  const introspection = { query: '{ __schema { queryType { name } } }' };

  const sdl = { query: '{ _service { sdl } }' };

  it('are on by default', async () => {
    await start();
    expect(await ask(introspection)).toMatchObject({ status: 200 });
    expect(await ask(sdl)).toMatchObject({ status: 200, data: { _service: { sdl: expect.any(String) } } });
    const page = await fetch(gateway.url, { headers: { accept: 'text/html' } });
    expect(page.headers.get('content-type')).toContain('text/html');
  });

  it('can be switched off', async () => {
    await start({ INTROSPECTION: '0', GRAPHIQL: '0' });
    expect(await ask(sdl)).toMatchObject({ status: 400, message: expect.stringContaining('SUBGRAPH_SDL') });
    expect(await ask(introspection)).toMatchObject({ status: 400, message: expect.stringContaining('introspection') });
    expect(await ask({ query: '{ __typename }' })).toMatchObject({ status: 200 });
    const page = await fetch(gateway.url, { headers: { accept: 'text/html' } });
    expect(page.headers.get('content-type') ?? '').not.toContain('text/html');
  });
});

describe('a request is rejected', () => {
  const MUTATION =
    'mutation { createPromoCode(input: { provider: DURO, code: "FORGED", discount: { percentage: "10" } }) { __typename } }';
  const isMade = async () =>
    (await gateway.run('{ promoCodes(filter: { code: "forged" }) { totalCount } }')).promoCodes?.totalCount;
  const form = new URLSearchParams({ query: MUTATION }).toString();

  it.each(['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x'])(
    'if any web page could make a browser send it: %s',
    async (type) => {
      await start();
      for (const body of [form, JSON.stringify({ query: MUTATION })]) {
        const refused = await ask(body, { 'content-type': type });
        expect(refused).toMatchObject({ status: 403, code: 'CSRF_PREVENTED' });
      }
      expect(await isMade()).toBe(0);
    },
  );

  it('but not if it is a form whose sender can set a header', async () => {
    await start();
    const type = { 'content-type': 'application/x-www-form-urlencoded', 'graphql-require-preflight': '1' };
    expect(await ask(form, type)).toMatchObject({ status: 200 });
    expect(await isMade()).toBe(1);
  });

  it('if it is a batch of operations', async () => {
    await start();
    expect(await ask([{ query: '{ __typename }' }, { query: '{ __typename }' }])).toMatchObject({ status: 400 });
  });
});

describe('overload', () => {
  const hang = () => gateway.duro.fail({ kind: 'silence', times: 10 });
  const create = (code: string, signal?: AbortSignal) =>
    fetch(gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      signal,
      body: JSON.stringify({
        query: `mutation { createPromoCode(input: { provider: DURO, code: "${code}", discount: { percentage: "10" } }) { __typename } }`,
      }),
    });
  const arrived = async (count: number) => {
    while (gateway.duro.calls.length < count) await setImmediate();
  };

  it('an operation that takes too long is answered at its deadline', async () => {
    await start({ REQUEST_DEADLINE_MS: '50', PROVIDER_DEADLINE_MS: '1500' });
    hang();
    const { status, code } = await ask({
      query: '{ promoCodeByProviderId(provider: DURO, providerId: "promo_1") { id } }',
    });
    expect([status, code]).toEqual([504, 'DEADLINE_EXCEEDED']);
  });

  it('requests above the limit in flight are rejected, and the others are answered', async () => {
    await start({ MAX_IN_FLIGHT: '2', MAX_IN_FLIGHT_PER_CALLER: '2', PROVIDER_DEADLINE_MS: '1500' });
    hang();
    const stop = new AbortController();
    const waiting = [create('ONE', stop.signal), create('TWO')];
    waiting[0]?.catch(() => {});
    await arrived(2);
    const refused = await ask({ query: '{ __typename }' });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect((await fetch(new URL('/health', gateway.url))).status).toBe(200);
    stop.abort();
    await waiting[1];
    let status = 503;
    while (status === 503) status = (await ask({ query: '{ __typename }' })).status;
    expect(status).toBe(200);
  });
});
