import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { schema } from '../../src/graphql/schema.ts';
import { createDefaultStore } from '../store/test-stores.ts';
import { sharedGateway } from '../support/gateways.ts';
import { payloadOf } from '../support/mutations.ts';
import { startProcess } from '../support/processes/gateway-process.ts';
import { openShop } from '../support/shop.ts';
import { operationsOf } from './operation-arbitrary.ts';

const RUNS = Number(process.env.FUZZ_RUNS ?? 80);
const TEST_TIMEOUT_MS = 60_000 + RUNS * 100;
/** A provider's own error text. No client may see it. */
const DETAIL = 'the-provider-says-so';

const gateway = await sharedGateway({ settings: { PROVIDER_DEADLINE_MS: '1000' } });
const pool = await createPool();
/** Creates an object of each kind. Returns their ids and texts for use in operations. */
async function createPool(): Promise<{ ids: string[]; texts: string[] }> {
  const shop = openShop(gateway);
  const codes = [
    await shop.createPromoCode({ code: 'FUZZ-ONE' }),
    await shop.createPromoCode({ provider: 'FLEXPRICE', code: 'FUZZ-TWO' }),
    await shop.createPromoCode({ provider: 'STRIPE_CONNECT', code: 'FUZZ-THREE' }),
  ];
  const { redemption } = payloadOf(await shop.hold({ code: 'FUZZ-ONE' }));
  const names = ['FUZZ-ONE', ' fuzz-two ', 'FUZZ-THREE', 'acct_one', 'default', 'cus_1', 'sub_1'];
  return {
    ids: [...codes.flatMap(({ id, coupon }) => [id, coupon?.id ?? id]), redemption.id],
    texts: [...names, ...codes.map(({ providerId }) => providerId)],
  };
}
afterEach(() => {
  gateway.logged.splice(0);
});

interface Sent {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

/** Sends a request exactly as given. fetch would change it. */
async function send({ method = 'POST', path = '/graphql', headers = {}, body = '' }: Sent) {
  const { hostname, port } = new URL(gateway.url);
  const outgoing = request({ hostname, port, method, path, headers: { connection: 'close', ...headers } });
  outgoing.end(body);
  const [answer] = await once(outgoing, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(Buffer.from(chunk));
  return { status: Number(answer.statusCode), text: Buffer.concat(chunks).toString() };
}

/** Expects an answer without internals of the gateway and without texts of providers. */
function expectDecent({ status, text }: { status: number; text: string }): void {
  expect(status).toBeLessThan(500);
  expect(text).not.toMatch(/INTERNAL_SERVER_ERROR|Unexpected error|node_modules|\.ts:\d|SQLITE|at \w+ \(/);
  expect(text).not.toContain(DETAIL);
  for (const { url, apiKey } of Object.values(gateway.simulators)) {
    expect(text).not.toContain(apiKey);
    expect(text).not.toContain(new URL(url).host);
  }
}

const JSON_HEADERS = { 'content-type': 'application/json', accept: 'application/graphql-response+json' };

function expectNoBug(): void {
  const bugs = gateway.logged.filter((line) => Array.isArray(line) && String(line[1]).includes('bug'));
  expect(bugs).toEqual([]);
}

async function expectAlive(): Promise<void> {
  const { promoCodeByCode } = await gateway.run('{ promoCodeByCode(code: "FUZZ-ONE", policy: CACHE_ONLY) { code } }');
  expect(promoCodeByCode).toEqual({ code: 'FUZZ-ONE' });
}

describe('every response is valid and reveals no internals, whatever a client sends:', {
  timeout: TEST_TIMEOUT_MS,
}, () => {
  it('operations over the whole schema', async () => {
    let carriedOut = 0;
    await fc.assert(
      fc.asyncProperty(operationsOf(schema, pool), async (operation) => {
        const answer = await send({ headers: JSON_HEADERS, body: JSON.stringify(operation) });
        expectDecent(answer);
        expect(JSON.parse(answer.text)).toHaveProperty(answer.status === 200 ? ['data'] : ['errors']);
        if (answer.status === 200) carriedOut += 1;
        expectNoBug();
      }),
      { numRuns: RUNS },
    );
    // An invalid variable stops an operation. If most operations had one, the test would check little.
    expect(carriedOut).toBeGreaterThan(RUNS / 3);
    await expectAlive();
  });

  it('operations while providers fail', async () => {
    const faults = fc.constantFrom(
      { kind: 'answer', status: 500, body: { error: DETAIL, message: DETAIL } },
      { kind: 'answer', status: 400, body: { error: { message: DETAIL, code: DETAIL } } },
      { kind: 'answer', status: 200, body: `<html>${DETAIL}` },
      { kind: 'answer', status: 200, body: { data: DETAIL } },
      { kind: 'hang-up' },
      { kind: 'truncated-json' },
    );
    await fc.assert(
      fc.asyncProperty(operationsOf(schema, pool), faults, async (operation, fault) => {
        for (const provider of Object.values(gateway.simulators)) {
          provider.heal();
          provider.fail({ times: Number.POSITIVE_INFINITY, ...fault } as Parameters<typeof provider.fail>[0]);
        }
        expectDecent(await send({ headers: JSON_HEADERS, body: JSON.stringify(operation) }));
        expectNoBug();
      }),
      { numRuns: RUNS },
    );
  });

  it('bodies that are not operations', async () => {
    const jsonLike = fc.oneof(
      fc.json(),
      fc.string(),
      fc
        .jsonValue()
        .map((value) => JSON.stringify({ query: value, variables: value, operationName: value, extensions: value })),
      fc.nat(100_000).map((depth) => '['.repeat(depth)),
      fc
        .nat(2000)
        .map((depth) => `{"query":"{ __typename }","variables":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`),
      fc.nat(2000).map((depth) => JSON.stringify({ query: '{ a '.repeat(depth) })),
      fc.constantFrom(
        '{"query":"{ __typename }","variables":{"a":1e999}}',
        `{"query":"{ __typename }","a":${'9'.repeat(400)}}`,
        '',
        'null',
        '[]',
        '[{}]',
        '{"query":null}',
        '{"__proto__":{"query":"{ __typename }"}}',
      ),
    );
    const bodies = fc.oneof(
      jsonLike.map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      // Valid JSON, except that one string is not valid UTF-8.
      fc
        .uint8Array({ min: 0x80, maxLength: 20 })
        .map((bytes) =>
          Buffer.concat([Buffer.from('{"query":"{ promoCodeByCode(code: \\"'), bytes, Buffer.from('\\") { id } }"}')]),
        ),
    );
    const types = fc.constantFrom(
      'application/json',
      'application/json; charset=utf-16',
      'application/graphql',
      'text/plain',
      'multipart/form-data; boundary=x',
      'application/x-www-form-urlencoded',
      'nonsense',
      '',
    );
    await fc.assert(
      fc.asyncProperty(
        bodies,
        types,
        fc.constantFrom('POST', 'POST', 'POST', 'PUT', 'DELETE', 'GET'),
        async (body, type, method) => {
          const headers = {
            accept: 'application/json',
            'graphql-require-preflight': '1',
            ...(type && { 'content-type': type }),
          };
          expectDecent(await send({ method, headers, body: method === 'GET' ? '' : body }));
          expectNoBug();
        },
      ),
      { numRuns: RUNS },
    );
    await expectAlive();
  });

  it('URLs and headers', async () => {
    const text = fc.string({ unit: 'grapheme-ascii' }).map((value) => value.replace(/[^\x20-\x7e]/g, ''));
    await fc.assert(
      fc.asyncProperty(
        fc.record({ query: text, variables: text, extensions: text, operationName: text, documentId: text }),
        fc.dictionary(
          fc.constantFrom(
            'accept',
            'authorization',
            'x-request-id',
            'x-forwarded-for',
            'traceparent',
            'if-none-match',
            'origin',
          ),
          text,
        ),
        async (parameters, headers) => {
          expectDecent(await send({ method: 'GET', path: `/graphql?${new URLSearchParams(parameters)}`, headers }));
          expectNoBug();
        },
      ),
      { numRuns: RUNS },
    );
    for (const path of [
      '/',
      '//',
      '/graphql/',
      '/graphql?query=%E0%A4%A',
      '/graphql?variables=%7B',
      '/../../etc/passwd',
      '/webhooks/',
      '/webhooks/duro',
      `/${'a'.repeat(8000)}`,
    ]) {
      for (const method of ['GET', 'POST', 'OPTIONS', 'HEAD', 'TRACE']) expectDecent(await send({ method, path }));
    }
    await expectAlive();
  });

  it('requests that never end are disconnected, and do not delay others', async () => {
    const store = await createDefaultStore();
    const slow = await startProcess({ ...gateway.variables, DATABASE_URL: store.url, BODY_TIMEOUT_MS: '1000' });
    const { hostname, port } = new URL(slow.url);
    const beginnings = [
      'POST /graphql HTTP/1.1\r\nHost: localhost\r\n',
      'POST /graphql HTTP/1.1\r\nHost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"query":',
      'POST /graphql HTTP/1.1\r\nHost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"que\r\n',
    ];
    const sockets = Array.from({ length: 300 }, (_, index) => {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => {});
      socket.write(beginnings[index % beginnings.length] ?? '');
      return { socket, closed: once(socket, 'close') };
    });
    expect((await slow.send('{ __typename }')).data).toEqual({ __typename: 'Query' });
    for (const { socket } of sockets) socket.resume();
    await Promise.all(sockets.map(({ closed }) => closed));
    expect((await slow.send('{ __typename }')).data).toEqual({ __typename: 'Query' });
    expect(await slow.end('SIGTERM')).toBe(0);
    await store.remove();
  });
});
