import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { sharedGateway } from '../../support/gateways.ts';
import type { Json } from '../../support/start-gateway.ts';

const LIMIT = 1_000_000;
const SECRET = 'whsec_of_duro';

const gateway = await sharedGateway({ settings: { MAX_BODY_BYTES: String(LIMIT), DURO_WEBHOOK_SECRET: SECRET } });

/** Posts a compressed body, with Content-Length or in chunks. */
async function post(
  coding: string,
  body: Buffer,
  isStreamed = false,
): Promise<{ status: number; json: Json; accepted: string }> {
  const length = isStreamed ? {} : { 'content-length': body.length };
  const call = request(gateway.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-encoding': coding, ...length },
  });
  call.write(body.subarray(0, 10));
  call.end(body.subarray(10));
  const [answer] = await once(call, 'response');
  return { status: answer.statusCode, json: await json(answer), accepted: answer.headers['accept-encoding'] };
}

const bodyOf = (filling: string) => Buffer.from(JSON.stringify({ query: '{ __typename }', variables: { filling } }));
const BODY = bodyOf('x'.repeat(1000));
/** 50 kB that decompress to 50 MB. */
const BOMB = gzipSync(Buffer.alloc(50_000_000));
const ANSWER = { status: 200, json: { data: { __typename: 'Query' } } };

it.each<[string, Buffer]>([
  ['gzip', gzipSync(BODY)],
  ['x-gzip', gzipSync(BODY)],
  ['GZip', gzipSync(BODY)],
  ['identity, gzip', gzipSync(BODY)],
  ['gzip', Buffer.concat([gzipSync(BODY.subarray(0, 50)), gzipSync(BODY.subarray(50))])],
  ['deflate', deflateSync(BODY)],
  ['deflate', deflateRawSync(BODY)],
  ['br', brotliCompressSync(BODY)],
  ['identity', BODY],
])('a body packed as %s is understood, streamed or not', async (coding, packed) => {
  expect(await post(coding, packed)).toMatchObject(ANSWER);
  expect(await post(coding, packed, true)).toMatchObject(ANSWER);
});

it.each<[string, Buffer]>([
  ['zstd', zstdCompressSync(BODY)],
  ['compress', BODY],
  ['none', BODY],
  ['__proto__', BODY],
  ['gzip, br', brotliCompressSync(gzipSync(BODY))],
  ['gzip, gzip', gzipSync(gzipSync(BODY))],
])(
  'a body compressed as %s is refused with 415, and the answer names the accepted encodings',
  async (coding, packed) => {
    expect(await post(coding, packed)).toMatchObject({
      status: 415,
      accepted: 'gzip, deflate, br',
      json: {
        errors: [
          { message: expect.stringContaining('Content-Encoding'), extensions: { code: 'UNSUPPORTED_MEDIA_TYPE' } },
        ],
      },
    });
  },
);

it.each<[string, string, Buffer]>([
  ['gzip', 'no gzip at all', BODY],
  ['gzip', 'cut off', gzipSync(BODY).subarray(0, -12)],
  ['gzip', 'empty', Buffer.alloc(0)],
  ['gzip', 'changed on the way', Buffer.from(gzipSync(BODY).map((byte, index) => (index === 30 ? byte ^ 255 : byte)))],
  ['deflate', 'no deflate at all', BODY],
  ['br', 'cut off', brotliCompressSync(BODY).subarray(0, 20)],
])('a body that should be %s and is %s is answered with 400, not as JSON that is wrong', async (coding, _, packed) => {
  expect(await post(coding, packed, true)).toMatchObject({
    status: 400,
    json: { errors: [{ message: `The body is not valid ${coding}`, extensions: { code: 'BAD_REQUEST' } }] },
  });
});

it.each([false, true])('the body limit counts decompressed bytes (streamed: %s)', async (isStreamed) => {
  const overhead = bodyOf('').length;
  const exact = bodyOf(
    randomBytes(LIMIT)
      .toString('base64')
      .slice(0, LIMIT - overhead),
  );
  expect(exact.length).toBe(LIMIT);
  expect(await post('gzip', gzipSync(exact), isStreamed)).toMatchObject(ANSWER);
  // Compression can make a body larger.
  expect(await post('gzip', gzipSync(exact, { level: 0 }), isStreamed)).toMatchObject(ANSWER);
  const larger = Buffer.concat([exact, Buffer.from(' ')]);
  const TOO_LARGE = { status: 413, json: { errors: [{ extensions: { code: 'REQUEST_ENTITY_TOO_LARGE' } }] } };
  expect(await post('gzip', gzipSync(larger), isStreamed)).toMatchObject(TOO_LARGE);
  expect(BOMB.length).toBeLessThan(LIMIT);
  expect(await post('gzip', BOMB, isStreamed)).toMatchObject(TOO_LARGE);
});

it('the Content-Encoding of a request without a body is ignored', async () => {
  const answer = await fetch(`${gateway.url}?query={__typename}`, { headers: { 'content-encoding': 'zstd' } });
  expect(answer.status).toBe(200);
});

it('a compressed webhook is decompressed before its signature is verified', async () => {
  const deliver = async (id: string, pack: (body: string) => Buffer, coding: string) => {
    const body = JSON.stringify({ id, type: 'plan.updated', data: {} });
    const time = Math.floor(gateway.now() / 1000);
    const signature = createHmac('sha256', SECRET).update(`${time}.${body}`).digest('hex');
    const answer = await fetch(new URL('/webhooks/duro', gateway.url), {
      method: 'POST',
      body: new Uint8Array(pack(body)),
      headers: { 'content-encoding': coding, 'duro-signature': `t=${time},v1=${signature}`, 'duro-event-id': id },
    });
    return [answer.status, await answer.text()];
  };
  expect(await deliver('evt_1', (body) => gzipSync(body), 'gzip')).toEqual([202, '']);
  expect(await deliver('evt_2', (body) => gzipSync(`${body} `), 'gzip')).toEqual([401, '']);
  expect(await deliver('evt_3', (body) => Buffer.from(body), 'gzip')).toEqual([400, '']);
  expect(await deliver('evt_4', (body) => zstdCompressSync(body), 'zstd')).toEqual([415, '']);
  expect(await deliver('evt_5', () => BOMB, 'gzip')).toEqual([413, '']);
});
