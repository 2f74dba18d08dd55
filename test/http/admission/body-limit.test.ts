import { request } from 'node:http';
import { expect, it } from 'vitest';
import { sharedGateway } from '../../support/gateways.ts';

const gateway = await sharedGateway();

/** Posts a body. If it is streamed, it has no Content-Length. */
function post(body: string, isStreamed: boolean): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const length = isStreamed ? {} : { 'content-length': Buffer.byteLength(body) };
    const headers = { 'content-type': 'application/json', ...length };
    const call = request(gateway.url, { method: 'POST', headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode, text: Buffer.concat(chunks).toString() }));
    });
    call.on('error', reject);
    for (let start = 0; start < body.length; start += 65_536) call.write(body.slice(start, start + 65_536));
    call.end();
  });
}

const bodyOf = (size: number) => {
  const query = '{ __typename }';
  return JSON.stringify({ query, variables: { filling: 'x'.repeat(size) } });
};

it.each([false, true])('a body of 900 kB is read (streamed: %s)', async (isStreamed) => {
  const { status, text } = await post(bodyOf(900_000), isStreamed);
  expect([status, JSON.parse(text)]).toEqual([200, { data: { __typename: 'Query' } }]);
});

it.each([false, true])('a body of 2 MB gets 413 (streamed: %s)', async (isStreamed) => {
  const { status, text } = await post(bodyOf(2_000_000), isStreamed);
  expect(status).toBe(413);
  expect(JSON.parse(text).errors[0].extensions.code).toBe('REQUEST_ENTITY_TOO_LARGE');
});
