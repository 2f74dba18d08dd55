/* The same look-up behind Yoga with the gateway's options, but without any plugin. */
import { createServer } from 'node:http';
import { createSchema, createYoga } from 'graphql-yoga';
import { LOOK_UP_SCHEMA, openLookUp } from './look-up.ts';
import { serve } from './serve.ts';

const lookUp = openLookUp(process.env.DATABASE_URL ?? '');

serve(
  createServer(
    createYoga({
      schema: createSchema({
        typeDefs: LOOK_UP_SCHEMA,
        resolvers: { Query: { promoCode: (_: unknown, { id }: { id: string }) => lookUp(id) } },
      }),
      logging: false,
      cors: false,
      landingPage: false,
      graphiql: false,
      healthCheckEndpoint: ' ',
      maxRequestBodySize: false,
      multipart: false,
      batching: false,
    }),
  ),
);
