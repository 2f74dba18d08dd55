import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json, text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { makeKeys } from '../support/credentials/keys.ts';
import { freshGateway } from '../support/gateways.ts';
import { openShop } from '../support/shop.ts';
import type { Json } from '../support/start-gateway.ts';
import { blocksOf, ROOT } from './pages.ts';

/** The invalidation endpoint of a router: what it was asked, each request once the test has time for it. */
async function startEndpoint() {
  const received: { authorization: string | undefined; requests: Json }[] = [];
  const server = createServer(async (request, response) => {
    const requests = await json(request);
    received.push({ authorization: request.headers.authorization, requests });
    response.writeHead(201, { 'content-type': 'application/json' }).end('{"count":1}');
    server.emit('received');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/invalidation`,
    next: async () => {
      if (received.length === 0) await once(server, 'received');
      return received.shift();
    },
  };
}

/** Runs the program of the page, as a reader would who has installed its package. */
function startProgram(args: string[], env: Record<string, string>): ChildProcess {
  const program = blocksOf('docs/federation.md').find((block) => block.text.includes("from 'graphql-sse'"));
  const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-invalidation-'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'invalidate.mjs'), program?.text ?? '');
  const child = spawn(process.execPath, ['invalidate.mjs', ...args], { cwd: folder, env, stdio: 'pipe' });
  onTestFinished(async () => {
    child.kill();
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    rmSync(folder, { recursive: true, force: true });
  });
  return child;
}

/** What a program prints before it ends, and its exit code. */
async function endOf(child: ChildProcess) {
  const [printed, [code]] = await Promise.all([child.stderr ? text(child.stderr) : '', once(child, 'exit')]);
  return { printed, code };
}

it('the program of docs/federation.md drops what has changed from the cache of a router', async () => {
  const gateway = await freshGateway();
  const shop = openShop(gateway);
  const { id, code, coupon } = await shop.createPromoCode({ provider: 'STRIPE_CONNECT' });
  const { extensions }: Json = await gateway.send(
    'query ($ids: [_Any!]!) { _entities(representations: $ids) { ... on PromoCode { code } } }',
    { ids: [{ __typename: 'PromoCode', id }] },
  );
  const [tags] = extensions.apolloEntityCacheTags;
  const endpoint = await startEndpoint();
  const env = { GATEWAY_URL: gateway.url, INVALIDATION_URL: endpoint.url, INVALIDATION_SHARED_KEY: 'shared' };
  startProgram([id], env);
  // Once for each of its two subscriptions.
  for (let count = 0; count < 2; count += 1) {
    const requests = [{ kind: 'subgraph', subgraph: 'promos' }];
    expect(await endpoint.next()).toEqual({ authorization: 'shared', requests });
  }

  await shop.redeem({ code });
  const { requests } = (await endpoint.next()) ?? { requests: [] };
  expect(requests).toEqual([
    { kind: 'cache_tag', subgraphs: ['promos'], cache_tag: `PromoCode:${id}` },
    { kind: 'cache_tag', subgraphs: ['promos'], cache_tag: `Coupon:${coupon?.id}` },
  ]);
  expect(tags).toEqual(expect.arrayContaining(requests.map(({ cache_tag }: { cache_tag: string }) => cache_tag)));
});

it('the program ends with the words of a gateway that refuses its key, and does not ask again', async () => {
  const keys = makeKeys({ quotes: 'quote' });
  const gateway = await freshGateway({ settings: keys.settings });
  const endpoint = await startEndpoint();
  const env = { GATEWAY_URL: gateway.url, INVALIDATION_URL: endpoint.url, INVALIDATION_SHARED_KEY: 'shared' };
  let requests = 0;
  gateway.onRequest(() => {
    requests += 1;
  });
  const GATEWAY_KEY = keys.of('quotes').authorization.replace('Bearer ', '');
  const refused = await endOf(startProgram([], { ...env, GATEWAY_KEY }));
  expect(refused).toEqual({ printed: 'Subscription.redemptionChanged needs the scope read\n', code: 1 });
  const unknown = await endOf(startProgram([], env));
  expect(unknown).toEqual({ printed: expect.stringMatching(/^[^\n]*key[^\n]*\n$/), code: 1 });
  expect(requests).toBe(2);
});

it('the program names a promo code that does not exist', async () => {
  const gateway = await freshGateway();
  const endpoint = await startEndpoint();
  const env = { GATEWAY_URL: gateway.url, INVALIDATION_URL: endpoint.url, INVALIDATION_SHARED_KEY: 'shared' };
  const ended = await endOf(startProgram(['nowhere'], env));
  expect(ended).toEqual({ printed: 'nowhere: This code does not exist.\n', code: 1 });
});
