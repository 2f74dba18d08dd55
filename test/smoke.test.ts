import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeKeys } from './support/credentials/keys.ts';
import { COMPILE_CACHE } from './support/processes/compile-cache.ts';
import type { Json } from './support/start-gateway.ts';

const ROOT = new URL('..', import.meta.url).pathname;
/** A process has to start and stop. */
const TEST_TIMEOUT_MS = 60_000;

let folder: string;
let running: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'promo-gateway-smoke-'));
});
afterEach(async () => {
  if (running && running.exitCode === null) {
    const ended = once(running, 'exit');
    running.kill('SIGKILL');
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
});

/** Runs `npm start` with these settings. `printed` is its output up to the banner. */
async function start(settings: Record<string, string> = {}): Promise<{ child: ChildProcess; printed: string }> {
  const child = spawn('npm', ['start'], {
    cwd: ROOT,
    env: {
      ...COMPILE_CACHE,
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      DATABASE_URL: join(folder, 'gateway.db'),
      PORT: '0',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running = child;
  let printed = '';
  await new Promise<void>((resolve) => {
    const listen = (chunk: Buffer) => {
      printed += chunk.toString();
      if (/^Store .*\n/m.test(printed)) resolve();
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    child.once('exit', () => resolve());
  });
  return { child, printed };
}

async function stop(child: ChildProcess): Promise<number | null> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
  return child.exitCode;
}

function addressIn(printed: string): string {
  return printed.match(/http:\S+\/graphql/)?.[0] ?? '';
}

describe('npm start', () => {
  it('answers the examples of the README, and ends with 0 on SIGTERM', { timeout: TEST_TIMEOUT_MS }, async () => {
    const { child, printed } = await start();
    expect(printed).toContain('SANDBOX');
    expect(printed).toContain('OPEN: no keys are set');
    const panel = await fetch(printed.match(/http:\S+\/sandbox/)?.[0] ?? '');
    expect([panel.status, await panel.json()]).toMatchObject([200, { providers: expect.anything() }]);
    const url = addressIn(printed);
    const walk = [...readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(/```graphql\n([\s\S]*?)```/g)];
    expect(walk.length).toBeGreaterThanOrEqual(1);
    const answers: Json[] = [];
    for (const [, query] of walk) {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
      answers.push(JSON.parse(await answer.text()));
    }
    expect(answers.filter(({ errors }) => errors)).toEqual([]);
    expect(JSON.stringify(answers)).not.toMatch(/Error"/);
    expect(answers.flatMap(({ data }) => Object.values(data)).every((value) => value !== null)).toBe(true);
    expect(await stop(child)).toBe(0);
  });

  it('with API keys listens on all addresses, and requires a key', { timeout: TEST_TIMEOUT_MS }, async () => {
    const keys = makeKeys({ desk: 'read' });
    const { child, printed } = await start({ ...keys.settings, HOST: '0.0.0.0' });
    expect(printed).not.toContain('OPEN');
    const url = addressIn(printed).replace('0.0.0.0', '127.0.0.1');
    expect(await post(url, '{ promoCodes { totalCount } }')).toMatchObject({
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
    expect(await stop(child)).toBe(0);
  });

  it('keeps the data of the store and the sandbox across a restart', { timeout: TEST_TIMEOUT_MS }, async () => {
    const create = `mutation { createPromoCode(input: { provider: DURO, code: "KEEP", discount: { percentage: "5" } })
      { ... on CreatePromoCodePayload { promoCode { id } } } }`;
    const read = `{ promoCodeByCode(code: "keep", policy: FRESH) { code freshness { stale } } }`;
    const first = await start();
    await post(addressIn(first.printed), create);
    expect(await stop(first.child)).toBe(0);
    const second = await start();
    expect(await post(addressIn(second.printed), read)).toEqual({
      data: { promoCodeByCode: { code: 'KEEP', freshness: { stale: false } } },
    });
    expect(await stop(second.child)).toBe(0);
  });

  it('lists all invalid settings and does not start', { timeout: TEST_TIMEOUT_MS }, async () => {
    const { child, printed } = await start({ PORT: 'many', DURO_BASE_URL: 'nowhere', DURO_API_KEY: 'sk_test_x' });
    expect(printed).toContain('PORT');
    expect(printed).toContain('DURO_BASE_URL');
    expect(child.exitCode).toBe(1);
  });

  it('names the setting PORT in one line if the port is taken, and does not start', {
    timeout: TEST_TIMEOUT_MS,
  }, async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = String(address && typeof address === 'object' ? address.port : 0);
    const { child, printed } = await start({ PORT: port });
    other.close();
    const line = `The gateway cannot start: port ${port} of 127.0.0.1 is taken. Set PORT to another one, or end the program that uses it`;
    // npm prints the command first.
    expect(printed.split('\n').filter((text) => text !== '' && !text.startsWith('>'))).toEqual([line]);
    expect(child.exitCode).toBe(1);
  });
});

async function post(url: string, query: string): Promise<Json> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  return JSON.parse(await answer.text());
}
