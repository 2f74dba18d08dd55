import type { Provider } from '../../domain/provider/provider.ts';
import type { Connection } from '../definition.ts';
import type { ProviderClient } from './client.ts';

/** The connection of a provider whose accounts all share one client. */
export function connectionThrough(client: ProviderClient, providers: Provider[]): Connection {
  return {
    providers,
    health: () => client.health,
    downSince: () => client.downSince,
    queue: () => client.queue,
    close: () => client.close(),
  };
}
