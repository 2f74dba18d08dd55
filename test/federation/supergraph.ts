import { once } from 'node:events';
import { join } from 'node:path';
import { z } from 'zod';
import { type Order, type Subgraph, startOrders } from '../support/orders-subgraph.ts';
import type { Json, RunningGateway } from '../support/start-gateway.ts';
import { blockWith, folderWith } from './page.ts';
import { end, firstLineOf, outputOf, startProgram } from './program.ts';

const outcome = z.object({ errors: z.array(z.string()), supergraph: z.string().nullable() });
const composed = z.object({ guild: outcome, apollo: outcome.extend({ hints: z.array(z.string()) }) });

/** Composes a gateway with a subgraph of orders, and starts a real router in front of both. */
export async function startSupergraph(gateway: RunningGateway, options: RouterOptions = {}) {
  const orders: Order[] = [];
  const ordersServer = await startOrders(orders);
  const router = await startRouter(gateway, ordersServer, options);
  return {
    ...router,
    orders,
    stop: async () => {
      await router.stop();
      await ordersServer.close();
    },
  };
}

export type Supergraph = Awaited<ReturnType<typeof startSupergraph>>;

interface RouterOptions {
  /** The credentials with which the schema is read. */
  headers?: Record<string, string>;
  /** Whether the router also keeps what it has composed. */
  keepsComposed?: boolean;
}

/** Composes a gateway with another subgraph, and starts a real router in front of both. */
export async function startRouter(
  gateway: RunningGateway,
  { url, sdl }: Subgraph,
  { headers = {}, keepsComposed = false }: RouterOptions = {},
) {
  const subgraphs = [
    { name: 'promos', url: gateway.url, sdl: await subgraphOf(gateway, headers) },
    { name: 'orders', url, sdl },
  ];
  const output = await outputOf(startProgram('compose.ts', JSON.stringify(subgraphs)));
  const composition = composed.parse(JSON.parse(output));
  const folder = folderWith({
    'gateway.config.mjs': blockWith('js', 'defineConfig'),
    'response-caching.mjs': `export ${blockWith('js', 'const responseCaching')}`,
  });
  const files = ['gateway.config.mjs', ...(keepsComposed ? ['response-caching.mjs'] : [])];
  const paths = files.map((file) => join(folder.path, file));
  const router = startProgram('router.ts', composition.guild.supergraph ?? '', paths);
  const routerUrl = await firstLineOf(router);
  return {
    /** What each composer says. */
    composition,
    /** Sends an operation to the router. */
    ask: async (query: string, headers: Record<string, string> = {}): Promise<Json> => {
      const answer = await fetch(routerUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query }),
      });
      return answer.json();
    },
    /** Moves the clock of the router's cache. */
    advance: async (milliseconds: number) => {
      const moved = once(router, 'message');
      router.send(milliseconds);
      await moved;
    },
    stop: async () => {
      await end(router);
      folder[Symbol.dispose]();
    },
  };
}

/** The schema that the gateway gives to composers. */
export async function subgraphOf(gateway: RunningGateway, headers = {}): Promise<string> {
  const { _service } = await gateway.run('{ _service { sdl } }', {}, headers);
  return _service.sdl;
}
