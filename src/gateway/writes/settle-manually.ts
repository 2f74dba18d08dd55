import type { Lease } from '../../domain/ledger/lease.ts';
import { LeaseLostError } from '../../domain/ledger/lease.ts';
import type { Provider } from '../../domain/provider/provider.ts';
import type { Db } from '../../store/engines/engine.ts';
import type { OrphanCoupon } from '../../store/writes/orphan-coupons.ts';
import type { Gateway } from '../core/gateway.ts';
import { writeOf } from '../provider-writes/write-of.ts';
import { takeOverLease, whileLeased } from './keep-lease.ts';
import { dismiss, finish } from './send-write.ts';

/** What a person has found at the provider: the write had no effect, or it made the object with this provider id. */
export type Finding = 'NOT_MADE' | { made: string };

/**
 * SETTLED, or why the write could not be settled. UNKNOWN_WRITE: there is no such pending write. UNDER_WAY: its call
 * still runs. NOT_THERE: the provider has no object with this id. PROVIDER_OFF: the provider is switched off.
 * NOT_BY_ID: no id identifies the effect.
 */
export type ManualSettlement = 'SETTLED' | 'UNKNOWN_WRITE' | 'UNDER_WAY' | 'NOT_THERE' | 'PROVIDER_OFF' | 'NOT_BY_ID';

/**
 * Settles a write with an unknown outcome. A person who has looked at the provider decides it.
 * @param id of the pending write
 * @throws {ProviderError} when the provider cannot be reached
 */
export async function settleManually(gateway: Gateway, id: string, finding: Finding): Promise<ManualSettlement> {
  const half = (await gateway.store.orphanCoupons.all()).find((one) => one.id === id);
  if (half && finding === 'NOT_MADE') return settleHalf(gateway, half);
  const intent = await gateway.store.pendingWrites.get(id);
  if (!intent) return 'UNKNOWN_WRITE';
  const provider = gateway.accounts.find(intent.provider, intent.account);
  if (!provider) return 'PROVIDER_OFF';
  await using lease = await takeOverLease(gateway, intent.call);
  if (!lease) return 'UNDER_WAY';
  try {
    return await settle(gateway, provider, id, { finding, lease });
  } catch (error) {
    if (error instanceof LeaseLostError) return 'UNDER_WAY';
    throw error;
  }
}

/** Settles a creation of a promo code that created only its coupon. Another process may be creating the code on it. */
async function settleHalf(gateway: Gateway, { id, call }: OrphanCoupon): Promise<ManualSettlement> {
  const { store } = gateway;
  const close = async (db: Db): Promise<ManualSettlement> =>
    (await store.orphanCoupons.close(id, db)) ? 'SETTLED' : 'UNKNOWN_WRITE';
  if (!call) return store.transaction(close);
  await using lease = await takeOverLease(gateway, call);
  if (!lease) return 'UNDER_WAY';
  try {
    return await whileLeased(gateway, lease, close);
  } catch (error) {
    if (error instanceof LeaseLostError) return 'UNDER_WAY';
    throw error;
  }
}

async function settle(
  gateway: Gateway,
  provider: Provider,
  id: string,
  { finding, lease }: { finding: Finding; lease: Lease },
): Promise<ManualSettlement> {
  const intent = await gateway.store.pendingWrites.get(id);
  if (!intent) return 'UNKNOWN_WRITE';
  const write = writeOf(gateway, provider, intent);
  if (!write) return 'NOT_BY_ID';
  if (finding === 'NOT_MADE') {
    await dismiss(gateway, id, lease, write);
    return 'SETTLED';
  }
  if (!write.reconcileById) return 'NOT_BY_ID';
  const made = await write.reconcileById(finding.made);
  if (!made) return 'NOT_THERE';
  await finish(gateway, id, lease, write, made);
  return 'SETTLED';
}
