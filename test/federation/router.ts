/*
 * A program that runs a real router with an HTTP cache. Reads a supergraph from its input, routes to its subgraphs, and
 * prints its URL. A message is a number of milliseconds by which the clock of the cache moves; the program returns it.
 */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { createGatewayRuntime, LocalForageCacheStorage, useHttpCache } from '@graphql-hive/gateway';

const systemTime = Date.now;
let aheadMs = 0;
// The cache asks Date.now() how old an answer is.
Date.now = () => systemTime() + aheadMs;
process.on('message', (milliseconds) => {
  aheadMs += Number(milliseconds);
  process.send?.(milliseconds);
});

const supergraph = await text(process.stdin);
const router = createGatewayRuntime({
  supergraph,
  logging: false,
  // Without storage in a browser, this one is in memory.
  cache: new LocalForageCacheStorage(),
  plugins: (context) => [useHttpCache(context)],
  propagateHeaders: {
    fromClientToSubgraphs: ({ request }) => ({ authorization: request.headers.get('authorization') ?? '' }),
  },
});
const server = createServer(router);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  process.stdout.write(`http://127.0.0.1:${port}/graphql\n`);
});
process.once('SIGTERM', () => process.exit(0));
