/*
 * A program that runs a real router with the configuration of docs/federation.md. Reads a supergraph from its input, routes
 * to its subgraphs, and prints its URL. Its arguments are the files of the configuration and, to keep composed answers, of
 * the options for that. A message is a number of milliseconds by which the clock of the caches moves; the program returns it.
 */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { createGatewayRuntime, LocalForageCacheStorage } from '@graphql-hive/gateway';

const systemTime = Date.now;
let aheadMs = 0;
// The cache asks Date.now() how old an answer is.
Date.now = () => systemTime() + aheadMs;
process.on('message', (milliseconds) => {
  aheadMs += Number(milliseconds);
  process.send?.(milliseconds);
});

const [configFile = '', responseCachingFile] = process.argv.slice(2);
const { gatewayConfig } = await import(configFile);
const { responseCaching } = responseCachingFile ? await import(responseCachingFile) : {};

const supergraph = await text(process.stdin);
const router = createGatewayRuntime({
  ...gatewayConfig,
  supergraph,
  // Each answer then says whether and for how long it is kept.
  responseCaching: responseCaching && { ...responseCaching, includeExtensionMetadata: true },
  logging: false,
  // The default of the command line. Without storage in a browser, it is in memory.
  cache: new LocalForageCacheStorage(),
});
const server = createServer(router);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  process.stdout.write(`http://127.0.0.1:${port}/graphql\n`);
});
process.once('SIGTERM', () => process.exit(0));
