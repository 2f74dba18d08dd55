import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { makeKeys } from '../../support/credentials/keys.ts';
import { freshGateway, sharedGateway } from '../../support/gateways.ts';
import { sendRaw } from '../send-raw.ts';

const gateway = await sharedGateway();

it('GraphiQL is served to browsers with all its assets', async () => {
  const page = await fetch(gateway.url, { headers: { accept: 'text/html' } });
  const html = await page.text();
  expect(page.headers.get('content-type')).toContain('text/html');
  expect(html).toContain('CreateOnDuro');
  expect(html).not.toMatch(/<(script|link)[^>]+(src|href)="https?:/);
});

describe('the page of GraphiQL', () => {
  const getPage = (headers: Record<string, string>) =>
    sendRaw(gateway.url, { headers: { accept: 'text/html', ...headers } });

  it.each([
    ['br', brotliDecompressSync, 2_500_000],
    ['gzip', gunzipSync, 3_000_000],
  ] as const)('is compressed with %s if the browser accepts it', async (coding, decompress, maxBytes) => {
    const [plain, compressed] = [await getPage({}), await getPage({ 'accept-encoding': coding })];
    expect(plain.headers).not.toHaveProperty('content-encoding');
    expect(compressed.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-encoding': coding,
      'content-length': String(compressed.body.length),
      vary: 'Accept, Accept-Encoding',
    });
    expect(compressed.body.length).toBeLessThan(maxBytes);
    expect(decompress(compressed.body).equals(plain.body)).toBe(true);
  });

  it('is not sent again to a browser that has it in the same coding', async () => {
    const [plain, compressed] = [await getPage({}), await getPage({ 'accept-encoding': 'gzip' })];
    const etag = compressed.headers.etag ?? '';
    expect(etag).not.toBe(plain.headers.etag);
    const again = await getPage({ 'accept-encoding': 'gzip', 'if-none-match': etag });
    expect([again.status, again.body.length]).toEqual([304, 0]);
    expect(again.headers).toMatchObject({ etag, 'cache-control': 'no-cache', vary: 'Accept, Accept-Encoding' });
    expect(again.headers).not.toHaveProperty('content-length');
    expect((await getPage({ 'if-none-match': etag })).status).toBe(200);
  });
});

it('a request with the placeholder of GraphiQL gets told so', async () => {
  const { url } = await freshGateway({ settings: makeKeys({ any: 'read' }).settings });
  const page = await (await fetch(url, { headers: { accept: 'text/html' } })).text();
  expect(page).toContain('Bearer put your key here');
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer put your key here' },
    body: '{"query":"{ __typename }"}',
  });
  expect(answer.status).toBe(401);
  expect(await answer.json()).toMatchObject({
    errors: [
      { message: 'The headers have "put your key here" in place of a key. In GraphiQL, each tab has its own headers' },
    ],
  });
});
