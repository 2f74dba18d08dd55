import { describe, expect, it } from 'vitest';
import { makeKeys } from '../../support/credentials/keys.ts';
import { freshGateway, sharedGateway } from '../../support/gateways.ts';
import type { StartOptions } from '../../support/start-gateway.ts';
import { sendRaw } from '../send-raw.ts';

const PATHS = ['/graphql', '/health', '/ready', '/metrics'];
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8';

const plain = await sharedGateway();

/** @param options of a gateway of its own; absent: the one of all tests */
async function home(options: StartOptions | null, headers: Record<string, string>, method = 'GET') {
  const { url } = options ? await freshGateway(options) : plain;
  const { status, headers: sent, body } = await sendRaw(new URL('/', url).href, { method, headers });
  return { status, headers: sent, text: body.toString() };
}

describe('GET / says where things are', () => {
  it.each([
    ['a browser', BROWSER, 'text/html; charset=utf-8'],
    ['a client that asks for JSON', 'application/json', 'application/json; charset=utf-8'],
    ['curl', '*/*', 'text/plain; charset=utf-8'],
    ['a client that accepts neither', 'image/png', 'text/plain; charset=utf-8'],
  ])('to %s', async (_, accept, contentType) => {
    const { status, headers, text } = await home(null, { accept });
    expect([status, headers['content-type']]).toEqual([200, contentType]);
    for (const path of PATHS) expect(text).toContain(path);
    expect(text).toContain('README.md');
  });

  it('with a link to each address in a browser, and with nothing loaded or run', async () => {
    const { headers, text } = await home(null, { accept: BROWSER });
    expect([...text.matchAll(/<a href="([^"]+)"/g)].map(([, path]) => path)).toEqual(PATHS);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
  });

  it('as links by name in JSON', async () => {
    const { text } = await home(null, { accept: 'application/json' });
    expect(JSON.parse(text)).toMatchObject({
      links: { graphql: '/graphql', health: '/health', ready: '/ready', metrics: '/metrics' },
    });
  });

  it('without a body to HEAD, and without a second body to a client that has it', async () => {
    const { headers, text } = await home(null, { accept: '*/*' }, 'HEAD');
    expect(text).toBe('');
    const again = await home(null, { accept: '*/*', 'if-none-match': headers.etag ?? '' });
    expect([again.status, again.text]).toEqual([304, '']);
  });

  it('with the controls of a sandbox, which no other gateway has', async () => {
    expect((await home({ hasPanel: true }, { accept: 'text/plain' })).text).toContain('/sandbox');
    expect((await home(null, { accept: 'text/plain' })).text).not.toContain('sandbox');
  });

  it('without a key, and without GraphiQL where it is off', async () => {
    const keys = makeKeys({ all: 'read+operate' });
    const settings = { ...keys.settings, GRAPHIQL: '0', DURO_WEBHOOK_SECRET: 'whsec_of_duro' };
    const { status, text } = await home({ settings }, { accept: 'application/json' });
    expect(status).toBe(200);
    expect(text).not.toMatch(/GraphiQL|whsec|sk_|_KEY|duro/i);
  });
});
