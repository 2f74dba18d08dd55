import type { GraphQLSchema } from 'graphql';
import { builder } from './builder.ts';
import './shared/scalars.ts';
import './shared/money-type.ts';
import './shared/terms.ts';
import './provider/type.ts';
import './shared/node.ts';
import './shared/promotion-interface.ts';
import './redemption/type.ts';
import './shared/errors.ts';
import './coupon/type.ts';
import './promo-code/type.ts';
import './redemption/order.ts';
import './redemption/quote.ts';
import './shared/result-unions.ts';
import './coupon/mutations.ts';
import './promo-code/mutations.ts';
import './redemption/mutations.ts';
import './subscriptions/fields.ts';
import './failed-attempt/type.ts';
import { subgraph } from './federation/entities.ts';
import { printServedSchema, printSubgraph } from './federation/sdl.ts';

/** The schema that is served, with the fields by which a router knows it as a subgraph. */
export const schema: GraphQLSchema = builder.toSchema({ sortSchema: false });

/** The text of schema.graphql. */
export const schemaText: string = printServedSchema(schema);

// What a router composes is the same text without the fields that no two subgraphs may both have.
subgraph.sdl = printSubgraph(schemaText);
