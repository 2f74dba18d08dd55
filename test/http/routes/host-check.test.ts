import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config/config.ts';
import { makeKeys } from '../../support/credentials/keys.ts';
import { dial } from '../../support/dial.ts';
import { type RunningGateway, startGateway } from '../../support/start-gateway.ts';

let gateway: RunningGateway;

/** Sends a request with the headers of a browser that resolves `host` to this machine. */
async function ask(host: string, path = '/graphql', headers: Record<string, string> = {}) {
  const isQuery = path === '/graphql';
  const call = request(new URL(path, gateway.url), {
    method: isQuery ? 'POST' : 'GET',
    headers: { 'content-type': 'application/json', ...headers, host },
  });
  call.end(isQuery ? '{"query":"{ __typename }"}' : undefined);
  const [answer] = await once(call, 'response');
  return { status: answer.statusCode, body: await text(answer) };
}

/** Sends the lines of a request unchanged, and returns the status of the answer. */
const sendRaw = async (lines: string[]) => (await dial(gateway.url, lines).answers())[0]?.status;

describe('without keys', () => {
  beforeAll(async () => {
    gateway = await startGateway({ settings: { ALLOWED_HOSTS: 'Gateway.Internal, 10.1.2.3,[fd00::1]' } });
  });
  afterAll(() => gateway.stop());

  it.each([
    'localhost',
    'localhost:4000',
    'LOCALHOST.',
    '127.0.0.1',
    '127.8.9.1:80',
    '[::1]',
    '[::1]:4000',
    '[::ffff:127.0.0.1]',
    'promo.localhost:4000',
  ])('the Host %s is answered', async (host) => {
    expect(await ask(host)).toMatchObject({ status: 200 });
  });

  it.each([
    'attacker.example',
    'attacker.example:4000',
    'localhost.attacker.example',
    '127.0.0.1.attacker.example',
    '127.attacker.example',
    'notlocalhost',
    'localhost@attacker.example',
    'attacker.example@localhost',
    'localhost:4000@attacker.example',
    'localhost, attacker.example',
    'localhost#attacker.example',
    'localhost..',
    '.localhost',
    '192.168.1.4',
    '0.0.0.0',
    '127.0.0.256',
    '[2001:db8::1]',
    '[::]',
    '::1',
  ])('the Host %j gets 421 and a hint how to allow it', async (host) => {
    const { status, body } = await ask(host);
    expect(status).toBe(421);
    expect(JSON.parse(body)).toMatchObject({
      errors: [{ message: expect.stringMatching(/ALLOWED_HOSTS.*API_KEYS/), extensions: { code: 'HOST_NOT_ALLOWED' } }],
    });
  });

  it.each(['/graphql?query={__typename}', '/metrics', '/health', '/ready', '/webhooks/duro', '/', '/nowhere'])(
    'a foreign Host is rejected at %s',
    async (path) => {
      expect(await ask('attacker.example', path)).toMatchObject({ status: 421 });
    },
  );

  it('the headers of proxies do not change the host', async () => {
    const forwarded = (host: string) => ({ 'x-forwarded-host': host, forwarded: `host=${host}` });
    expect(await ask('localhost', '/graphql', forwarded('attacker.example'))).toMatchObject({ status: 200 });
    expect(await ask('attacker.example', '/graphql', forwarded('localhost'))).toMatchObject({ status: 421 });
  });

  it('a request with two hosts, or another host in its target, is rejected', async () => {
    const end = 'Connection: close';
    expect(await sendRaw(['GET /health HTTP/1.1', 'Host: localhost', end])).toBe(200);
    expect(await sendRaw(['GET /health HTTP/1.1', 'Host: localhost', 'Host: attacker.example', end])).toBe(421);
    expect(await sendRaw(['GET /health HTTP/1.1', 'Host: attacker.example', 'host: localhost', end])).toBe(421);
    expect(await sendRaw(['GET /health HTTP/1.1', 'Host:', end])).toBe(421);
    expect(await sendRaw(['GET /health HTTP/1.0'])).toBe(421);
    expect(await sendRaw(['GET /health HTTP/1.0', 'Host: localhost'])).toBe(200);
    expect(await sendRaw(['GET http://localhost/health HTTP/1.1', 'Host: localhost', end])).toBe(200);
    expect(await sendRaw(['GET http://attacker.example/health HTTP/1.1', 'Host: localhost', end])).toBe(421);
    expect(await sendRaw(['GET http://localhost/health HTTP/1.1', 'Host: attacker.example', end])).toBe(421);
  });

  it('a rejected host is counted as a rejected request', async () => {
    const counted = async () => {
      const { body } = await ask('localhost', '/metrics');
      return Number(/rejected_requests_total\{status="421"\} (\d+)/.exec(body)?.[1] ?? 0);
    };
    const before = await counted();
    await ask('attacker.example');
    expect(await counted()).toBe(before + 1);
  });

  it('the hosts in ALLOWED_HOSTS are answered too, on any port', async () => {
    for (const host of ['gateway.internal', 'GATEWAY.INTERNAL.:4000', '10.1.2.3:80', '[fd00:0::1]', 'localhost']) {
      expect(await ask(host)).toMatchObject({ status: 200 });
    }
    for (const host of ['other.internal', 'sub.gateway.internal', '10.1.2.4']) {
      expect(await ask(host)).toMatchObject({ status: 421 });
    }
  });
});

it('with keys every host is answered', async () => {
  gateway = await startGateway({ settings: makeKeys({ web: 'quote' }).settings });
  expect(await ask('gateway.example', '/health')).toMatchObject({ status: 200 });
  expect(await ask('gateway.example')).toMatchObject({ status: 401 });
  await gateway.stop();
});

it.each(['https://gateway.example', 'gateway.example:4000', 'gateway.example/path', '*', 'a b', '[fd00::1'])(
  'ALLOWED_HOSTS=%s is a clear error at start',
  (hosts) => {
    expect(() => readConfig({ ALLOWED_HOSTS: hosts })).toThrow(/ALLOWED_HOSTS: must be host names/);
  },
);
