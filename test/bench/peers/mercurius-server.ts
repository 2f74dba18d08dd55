/* The same look-up behind Mercurius, whose operations are compiled (JIT). */
import { fastify } from 'fastify';
import mercurius from 'mercurius';
import { LOOK_UP_SCHEMA, openLookUp } from '../look-up.ts';

const lookUp = openLookUp(process.env.DATABASE_URL ?? '');
const app = fastify();
await app.register(mercurius, {
  schema: LOOK_UP_SCHEMA,
  resolvers: { Query: { promoCode: (_: unknown, { id }: { id: string }) => lookUp(id) } },
  jit: 1,
});
const address = await app.listen({ port: 0, host: '127.0.0.1' });
process.stdout.write(`${address}/graphql\n`);
process.once('SIGTERM', () => process.exit(0));
