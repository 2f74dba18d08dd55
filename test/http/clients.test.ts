import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { PROVIDERS } from '../../src/domain/promotion/promotion.ts';
import { readTrustedDocuments } from '../../src/http/documents/use-trusted-documents.ts';
import { type Json, type RunningGateway, startGateway } from '../support/start-gateway.ts';

let gateway: RunningGateway | undefined;
const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-clients-'));
afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function start(settings: Record<string, string>): Promise<RunningGateway> {
  gateway = await startGateway({ settings });
  return gateway;
}

describe('CORS', () => {
  /** The requests that a browser sends: preflight, POST and GET. */
  const CALLS = [
    { method: 'OPTIONS', query: '' },
    { method: 'POST', query: '' },
    { method: 'GET', query: '?query={__typename}' },
  ];
  const answerTo = async (origin: string | undefined, { method, query } = { method: 'POST', query: '' }) => {
    const asked = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' };
    const headers = { ...(origin !== undefined && { origin }), ...asked, 'content-type': 'application/json' };
    const body = method === 'POST' ? JSON.stringify({ query: '{ __typename }' }) : undefined;
    const { headers: received } = await fetch(`${gateway?.url}${query}`, { method, headers, body });
    return {
      origin: received.get('access-control-allow-origin'),
      credentials: received.get('access-control-allow-credentials'),
      headers: received.get('access-control-allow-headers'),
      vary: (received.get('vary') ?? '').split(/, */),
    };
  };
  const STRANGERS = [
    'https://elsewhere.example',
    'null',
    'https://shop.example.elsewhere.example',
    'http://shop.example',
    'https://shop.example:8443',
    'https://sub.shop.example',
    'https://shop.example, https://other.example',
    '*',
    '',
  ];

  it('a page of an origin that is not listed gets no CORS headers', async () => {
    await start({});
    for (const call of CALLS) expect(await answerTo('https://shop.example', call)).toMatchObject({ origin: null });
  });

  it.each(['https://shop.example', 'https://shop.example, https://other.example'])(
    'with CORS_ORIGINS=%s a listed page is allowed in the preflight and the request, and another page in neither',
    async (named) => {
      await start({ CORS_ORIGINS: named });
      for (const call of CALLS) {
        for (const origin of named.split(', ')) {
          const response = await answerTo(origin, call);
          expect(response).toMatchObject({ origin, credentials: null, headers: 'authorization' });
          expect(response.vary).toContain('Origin');
        }
        for (const stranger of [...STRANGERS, undefined]) {
          expect(await answerTo(stranger, call)).toMatchObject({ origin: null, credentials: null });
        }
      }
    },
  );

  it('with CORS_ORIGINS=* pages of any origin may send requests without credentials', async () => {
    await start({ CORS_ORIGINS: '*' });
    for (const call of CALLS) {
      const { origin, credentials } = await answerTo('https://anywhere.example', call);
      expect(origin).toMatch(/^(\*|https:\/\/anywhere\.example)$/);
      expect(credentials).toBeNull();
    }
  });

  it('a cached response varies by origin and by caller', async () => {
    await start({ CORS_ORIGINS: 'https://shop.example' });
    for (const origin of ['https://shop.example', 'https://elsewhere.example', undefined]) {
      const { vary } = await answerTo(origin, { method: 'GET', query: '?query={__typename}' });
      expect(vary).toEqual(expect.arrayContaining(['Accept', 'Authorization', 'Origin']));
    }
  });

  it('CORS_ORIGINS accepts origins and nothing else', () => {
    for (const origins of [
      'shop.example',
      'https://shop.example/',
      'https://shop.example/path',
      'null',
      'https://*.example',
    ]) {
      expect(() => readConfig({ CORS_ORIGINS: origins })).toThrow(/CORS_ORIGINS: must be origins/);
    }
  });
});

describe('trusted documents', () => {
  const QUERY = 'query Providers($none: ID = "") { providers { provider } node(id: $none) { id } }';
  const HASH = 'a2f1';
  const file = join(folder, 'documents.json');
  const post = async (body: Json) => {
    const answer = await fetch(gateway?.url ?? '', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const { data, errors } = await answer.json();
    return { status: answer.status, data, code: errors?.[0].extensions.code, message: errors?.[0].message };
  };
  const open = (settings: Record<string, string> = {}) => {
    writeFileSync(file, JSON.stringify({ [`sha256:${HASH}`]: QUERY, plain: '{ __typename }' }));
    return start({ TRUSTED_DOCUMENTS: file, ...settings });
  };
  const EVERY_PROVIDER = PROVIDERS.map((provider) => ({ provider }));
  const byHash = (sha256Hash: string) => ({ extensions: { persistedQuery: { version: 1, sha256Hash } } });

  it('a trusted document can be sent by documentId or by hash, with or without a prefix, and with variables', async () => {
    await open();
    for (const id of [HASH, `sha256:${HASH}`]) {
      expect(await post({ documentId: id })).toMatchObject({ status: 200, data: { providers: EVERY_PROVIDER } });
      expect(await post({ ...byHash(id), variables: { none: '' } })).toMatchObject({ data: { node: null } });
    }
    expect(await post({ documentId: 'plain' })).toMatchObject({ data: { __typename: 'Query' } });
    const url = `${gateway?.url}?documentId=plain`;
    expect(await (await fetch(url)).json()).toEqual({ data: { __typename: 'Query' } });
  });

  it('other operations are accepted too, and an unknown hash makes the client send the text', async () => {
    await open();
    const unknown = { status: 400, message: 'PersistedQueryNotFound', code: 'PERSISTED_QUERY_NOT_FOUND' };
    expect(await post(byHash('none'))).toMatchObject(unknown);
    expect(await post({ documentId: 'none' })).toMatchObject(unknown);
    expect(await post({ query: '{ __typename }', ...byHash('none') })).toMatchObject({ data: { __typename: 'Query' } });
    expect(await post({})).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
  });

  it('with TRUSTED_DOCUMENTS_ONLY no other operation is accepted', async () => {
    await open({ TRUSTED_DOCUMENTS_ONLY: '1' });
    expect(await post({ query: '{ __typename }' })).toMatchObject({ status: 400, code: 'FORBIDDEN' });
    expect(await post({ query: QUERY, ...byHash(HASH) })).toMatchObject({ status: 400, code: 'FORBIDDEN' });
    expect(await post({ documentId: HASH })).toMatchObject({ status: 200, data: { providers: EVERY_PROVIDER } });
  });

  it('a trusted document may be longer than MAX_DOCUMENT_CHARACTERS', async () => {
    await open({ MAX_DOCUMENT_CHARACTERS: '20' });
    expect(await post({ query: QUERY })).toMatchObject({ status: 400, code: 'DOCUMENT_TOO_LARGE' });
    expect(await post({ documentId: HASH })).toMatchObject({ status: 200, data: { providers: EVERY_PROVIDER } });
  });

  it('a missing file of trusted documents, or TRUSTED_DOCUMENTS_ONLY without one, is a clear error at start', () => {
    expect(() => readTrustedDocuments(readConfig({ TRUSTED_DOCUMENTS: join(folder, 'none.json') }))).toThrow(
      /TRUSTED_DOCUMENTS cannot be read from .*none.json: ENOENT/,
    );
    expect(() => readConfig({ TRUSTED_DOCUMENTS_ONLY: '1' })).toThrow(
      'TRUSTED_DOCUMENTS_ONLY: needs TRUSTED_DOCUMENTS',
    );
  });
});
