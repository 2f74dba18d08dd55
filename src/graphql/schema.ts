import type { GraphQLSchema } from 'graphql';
import { builder } from './builder.ts';
import './scalars/scalars.ts';
import './node/queries.ts';
import './coupon/queries.ts';
import './coupon/mutations.ts';
import './promo-code/queries.ts';
import './promo-code/mutations.ts';
import './quote/queries.ts';
import './redemption/queries.ts';
import './redemption/mutations.ts';
import './provider/queries.ts';
import './failed-attempt/queries.ts';
import './failed-attempt/mutations.ts';
import './refusal/queries.ts';
import './history/fields.ts';
import './subscriptions/fields.ts';
import './federation/entities.ts';
import { printServedSchema, printSubgraph, printWithScopes } from './federation/sdl.ts';

/** The served schema, including the fields that routers need to use it as a subgraph. */
export const schema: GraphQLSchema = builder.toSchema({ sortSchema: false });

/** The text of schema.graphql. */
export const schemaText: string = printServedSchema(schema);

/** The schema for composers: the same text without the fields that only one subgraph may have. */
export const subgraphText: string = printSubgraph(schemaText);

/** The schema for composers with the scopes of its fields, for routers that enforce `@requiresScopes`. */
export function subgraphTextWithScopes(): string {
  return printWithScopes(subgraphText);
}
