import { setImmediate } from 'node:timers/promises';
import { beforeEach, expect, it } from 'vitest';
import { dial } from '../../support/dial.ts';
import { freshGateway } from '../../support/gateways.ts';
import type { Json, RunningGateway } from '../../support/start-gateway.ts';

// All deliveries together may buffer 20,000 bytes; those from one address, 5,000.
const LIMITS = { MAX_BODY_BYTES: '10000', MAX_BUFFERED_BYTES: '80000' };

let gateway: RunningGateway;
beforeEach(async () => {
  gateway = await freshGateway({
    settings: { ...LIMITS, TRUSTED_PROXIES: 'loopback', DURO_WEBHOOK_SECRET: 'whsec_of_duro' },
  });
});

function deliver(from: string, headers: string[], body = '') {
  const lines = ['POST /webhooks/duro HTTP/1.1', 'Host: localhost', `X-Forwarded-For: ${from}`, ...headers];
  return dial(gateway.url, lines, body);
}
const signed = () => [`Duro-Signature: t=${Math.floor(gateway.now() / 1000)},v1=00`, 'Duro-Event-Id: x'];

it('unfinished webhook deliveries count towards the quota of their address', async () => {
  const body = 'x'.repeat(3000);
  const unfinished = [0, 1].map(() => deliver('203.0.113.1', [...signed(), 'Content-Length: 9999'], body));
  expect(await Promise.race(unfinished.map(({ answers }) => answers()))).toMatchObject([
    { status: 503, headers: { 'retry-after': '1' } },
  ]);
  const finished = [...signed(), 'Content-Length: 3000', 'Connection: close'];
  // 401 shows that the body was read and its signature checked.
  expect(await deliver('203.0.113.2', finished, body).answers()).toMatchObject([{ status: 401 }]);
  for (const { socket } of unfinished) socket.destroy();
  while ((await gateway.connections()) > 0) await setImmediate();
  expect(await deliver('203.0.113.1', finished, body).answers()).toMatchObject([{ status: 401 }]);
  expect(gateway.logged.filter((line: Json) => line[0] === 'error')).toEqual([]);
});

it.each([
  ['no signature', () => signed().slice(1)],
  ['no id', () => signed().slice(0, 1)],
  ['an old signature', () => ['Duro-Signature: t=1,v1=00', 'Duro-Event-Id: x']],
])('a delivery with %s is refused before its body', async (_, headers) => {
  const answers = await deliver('203.0.113.1', [...headers(), 'Content-Length: 9999']).answers();
  expect(answers).toMatchObject([{ status: 401 }]);
});
