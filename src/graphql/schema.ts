import type { GraphQLSchema } from 'graphql';
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
import './subscriptions/fields.ts';
import './failed-attempt.ts';
import { subgraph } from './entities.ts';
import { printServedSchema, printSubgraph } from './sdl.ts';

/** The schema that is served, with the fields by which a router knows it as a subgraph. */
export const schema: GraphQLSchema = builder.toSchema({ sortSchema: false });

/** The text of schema.graphql. */
export const schemaText: string = printServedSchema(schema);

// What a router composes is the same text without the fields that no two subgraphs may both have.
subgraph.sdl = printSubgraph(schemaText);
