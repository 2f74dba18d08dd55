import type { ProviderName } from '../../src/domain/promotion/promotion.ts';
import { synchronise } from '../../src/gateway/sync/synchronise.ts';
import { recover } from '../../src/gateway/writes/recover-writes.ts';
import type { RunningGateway } from './start-gateway.ts';

/** Runs one round of recovery. Returns the outcome of each pending write that it handled. */
export async function recoverOnce({ gateway }: Pick<RunningGateway, 'gateway'>): Promise<string[]> {
  return (await recover(gateway)).map(({ outcome }) => outcome);
}

/** Runs one round of synchronisation of a provider's first account. Returns its outcome. */
export function synchroniseOnce({ gateway }: Pick<RunningGateway, 'gateway'>, name: ProviderName): Promise<string> {
  const provider = gateway.accounts.find(name);
  if (!provider) throw new Error(`${name} is off`);
  return synchronise(gateway, provider);
}
