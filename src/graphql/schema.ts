import { type GraphQLSchema, isObjectType } from 'graphql';
import { builder } from './builder.ts';
import './scalars.ts';
import './money.ts';
import './terms.ts';
import './provider.ts';
import './node.ts';
import './redeemable.ts';
import './redemption.ts';
import './errors.ts';
import './coupon.ts';
import './promo-code.ts';
import './order.ts';
import './quote.ts';
import './results.ts';
import './coupon-mutations.ts';
import './promo-code-mutations.ts';
import './redemption-mutations.ts';
import './subscriptions.ts';
import './failed-attempt.ts';
import { printServedSchema, printSubgraph } from './sdl.ts';

/** The schema that is served, with the fields by which a router knows it as a subgraph. */
export const schema: GraphQLSchema = builder.toSubGraphSchema({
  linkUrl: 'https://specs.apollo.dev/federation/v2.9',
  federationDirectives: ['@key', '@shareable', '@cost', '@listSize', '@tag'],
});

/** The text of schema.graphql. */
export const schemaText: string = printServedSchema(schema);

// What a router composes is the same text without the fields that no two subgraphs may both have.
const subgraphText = printSubgraph(schemaText);
const service = schema.getType('_Service');
const sdl = isObjectType(service) ? service.getFields().sdl : undefined;
if (!sdl) throw new Error('The schema has no _service { sdl }');
sdl.resolve = () => subgraphText;
