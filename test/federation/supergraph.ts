import { once } from 'node:events';
import { z } from 'zod';
import { ORDERS_SDL, type Order, startOrders } from '../support/orders-subgraph.ts';
import type { Json, RunningGateway } from '../support/start-gateway.ts';
import { end, firstLineOf, outputOf, startProgram } from './program.ts';

const outcome = z.object({ errors: z.array(z.string()), supergraph: z.string().nullable() });
const composed = z.object({ guild: outcome, apollo: outcome.extend({ hints: z.array(z.string()) }) });

/** Composes a gateway with a subgraph of orders, and starts a real router in front of both. */
export async function startSupergraph(gateway: RunningGateway) {
  const orders: Order[] = [];
  const ordersServer = await startOrders(orders);
  const { _service } = await gateway.run('{ _service { sdl } }');
  const subgraphs = [
    { name: 'promos', url: gateway.url, sdl: _service.sdl },
    { name: 'orders', url: ordersServer.url, sdl: ORDERS_SDL },
  ];
  const output = await outputOf(startProgram('compose.ts', JSON.stringify(subgraphs)));
  const composition = composed.parse(JSON.parse(output));
  const router = startProgram('router.ts', composition.guild.supergraph ?? '');
  const routerUrl = await firstLineOf(router);
  return {
    /** What each composer says. */
    composition,
    orders,
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
      await ordersServer.close();
    },
  };
}

export type Supergraph = Awaited<ReturnType<typeof startSupergraph>>;
