import type { Server } from 'node:http';

/** Listens on a free port of this machine and prints the address of GraphQL, as the gateway does. */
export function serve(server: Server): void {
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    process.stdout.write(`http://127.0.0.1:${port}/graphql\n`);
  });
  process.once('SIGTERM', () => process.exit(0));
}
