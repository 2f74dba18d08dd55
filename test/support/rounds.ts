import type { ProviderName } from '../../src/domain/promotion/promotion.ts';
import { synchronise } from '../../src/gateway/sync/synchronise.ts';
import { recover } from '../../src/gateway/writes/recover-writes.ts';
import type { RunningGateway } from './start-gateway.ts';

/** One round of recovery; gives the outcome of each pending write that it looked for. */
export async function recoverOnce({ gateway }: Pick<RunningGateway, 'gateway'>): Promise<string[]> {
  return (await recover(gateway)).map(({ outcome }) => outcome);
}

/** One round of synchronisation with a provider, in its first account; gives how it ended. */
export function synchroniseOnce({ gateway }: Pick<RunningGateway, 'gateway'>, name: ProviderName): Promise<string> {
  const provider = gateway.accounts.find(name);
  if (!provider) throw new Error(`${name} is off`);
  return synchronise(gateway, provider);
}
