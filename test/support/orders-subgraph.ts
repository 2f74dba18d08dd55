import { createServer } from 'node:http';
import { parse, print, visit } from 'graphql';
import { createSchema, createYoga } from 'graphql-yoga';

/** Another subgraph of the same graph: orders that refer to their promo code, coupon and redemption. */
export const ORDERS_SDL = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])

  interface Node { id: ID! }

  type Order implements Node @key(fields: "id") {
    id: ID!
    total: Int!
    promoCode: PromoCode
    coupon: Coupon
    redemption: Redemption
  }

  type PromoCode @key(fields: "id", resolvable: false) { id: ID! }
  type Coupon @key(fields: "id", resolvable: false) { id: ID! }
  type Redemption @key(fields: "id", resolvable: false) { id: ID! }

  type PageInfo @shareable {
    hasNextPage: Boolean!
    hasPreviousPage: Boolean!
    startCursor: String
    endCursor: String
  }

  type OrderConnection { nodes: [Order!]! pageInfo: PageInfo! }

  type Query {
    node(id: ID!): Node
    nodes(ids: [ID!]!): [Node]!
    order(id: ID!): Order
    orders: OrderConnection!
  }
`;

export interface Order {
  id: string;
  total: number;
  promoCode?: { id: string };
  coupon?: { id: string };
  redemption?: { id: string };
}

/** Serves orders over HTTP. */
export function startOrders(orders: Order[]): Promise<Subgraph> {
  const find = (_: unknown, { id }: { id: string }) => orders.find((order) => order.id === id) ?? null;
  const pageInfo = { hasNextPage: false, hasPreviousPage: false };
  return serveSubgraph(ORDERS_SDL, {
    Query: { order: find, node: find, orders: () => ({ nodes: orders, pageInfo }) },
    Node: { __resolveType: () => 'Order' },
  });
}

export interface Subgraph {
  url: string;
  sdl: string;
  close(): Promise<void>;
}

type Resolvers = Record<string, Record<string, (source: never, args: never) => unknown>>;

/** Serves a subgraph over HTTP. */
export async function serveSubgraph(sdl: string, resolvers: Resolvers): Promise<Subgraph> {
  // The executable schema has no federation directives; `_service` returns the schema with them.
  const typeDefs = visit(parse(sdl), { SchemaExtension: () => null, Directive: () => null });
  const schema = createSchema({
    typeDefs: [print(typeDefs), 'type _Service { sdl: String! } extend type Query { _service: _Service! }'],
    resolvers: { ...resolvers, Query: { ...resolvers.Query, _service: () => ({ sdl }) } },
  });
  const server = createServer(createYoga({ schema, logging: false }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    sdl,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
