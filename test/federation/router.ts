/*
 * A program that runs a real router. Reads a supergraph from its input, routes to its subgraphs, and prints its URL.
 */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { createGatewayRuntime } from '@graphql-hive/gateway';

const supergraph = await text(process.stdin);
const router = createGatewayRuntime({
  supergraph,
  logging: false,
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
