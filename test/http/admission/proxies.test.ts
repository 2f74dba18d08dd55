import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readConfig } from '../../../src/config/config.ts';
import { startProcess } from '../../support/processes/gateway-process.ts';
import { lendProviders } from '../../support/processes/lend-providers.ts';
import type { RunningGateway } from '../../support/start-gateway.ts';

let lender: RunningGateway;
let settings: Record<string, string>;
beforeAll(async () => {
  ({ lender, settings } = await lendProviders());
});
afterAll(() => lender.stop());

it('a stream of events forbids proxies to buffer or transform it', async () => {
  const answer = await fetch(lender.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query: 'subscription { redemptionChanged { id } }' }),
  });
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  });
  await answer.body?.cancel();
});

it.each<[Record<string, string>, number]>([
  [{}, 75],
  [{ KEEP_ALIVE_TIMEOUT_MS: '620000' }, 620],
])('a connection stays open for the next request longer than a proxy keeps it (%j: %d s)', async (given, seconds) => {
  const gateway = await startProcess({ ...settings, ...given });
  const agent = new Agent({ keepAlive: true });
  const ask = async () => {
    const call = request(new URL('/health', gateway.url), { agent });
    call.end();
    const [answer] = await once(call, 'response');
    await text(answer);
    return { keepAlive: answer.headers['keep-alive'], isReused: call.reusedSocket };
  };
  expect(await ask()).toEqual({ keepAlive: `timeout=${seconds}`, isReused: false });
  expect(await ask()).toMatchObject({ isReused: true });
  agent.destroy();
  await gateway.end('SIGTERM');
});

it.each(['0', '-1', 'soon', '86400001'])('KEEP_ALIVE_TIMEOUT_MS=%s is a clear error at start', (value) => {
  expect(() => readConfig({ KEEP_ALIVE_TIMEOUT_MS: value })).toThrow(/KEEP_ALIVE_TIMEOUT_MS: must be/);
});
