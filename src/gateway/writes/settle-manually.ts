import type { Provider } from '../../domain/provider/provider.ts';
import type { OrphanCoupon } from '../../store/promotions/orphan-coupons.ts';
import type { Lease } from '../../store/writes/idempotency-keys.ts';
import type { PendingWrite } from '../../store/writes/pending-writes.ts';
import type { Gateway } from '../core/gateway.ts';
import { takeOverLease } from './idempotency.ts';
import { withLeftWrite } from './pending-write.ts';
import { dismiss, finish, type Write, whileHeld } from './send-write.ts';

/** What a person who has looked at the provider says of a write: nothing came of it, or this, by the provider's id. */
export type Finding = 'NOT_MADE' | { made: string };

/** SETTLED, or why not: no such write is left; its call runs; the provider has no such id, is off, or must be asked. */
export type HandSettlement = 'SETTLED' | 'UNKNOWN_WRITE' | 'UNDER_WAY' | 'NOT_THERE' | 'PROVIDER_OFF' | 'NOT_BY_ID';

/**
 * Ends a write that stayed in doubt, as a person says who has looked at the provider.
 * @throws {ProviderError} when the provider cannot be asked for what was made
 */
export async function settleManually(gateway: Gateway, id: string, finding: Finding): Promise<HandSettlement> {
  const { pendingWrites, orphanCoupons } = gateway.store;
  const half = orphanCoupons.all().find((one) => one.id === id);
  if (half && finding === 'NOT_MADE') return (await closeHalf(gateway, half)) ?? 'UNDER_WAY';
  const intent = pendingWrites.get(id);
  if (!intent) return 'UNKNOWN_WRITE';
  const provider = gateway.accounts.find(intent.provider, intent.account);
  if (!provider) return 'PROVIDER_OFF';
  const settled = await takeOverLease(gateway, intent.call, (lease) => {
    const now = pendingWrites.get(id);
    return now ? settle(gateway, provider, now, { finding, lease }) : Promise.resolve('UNKNOWN_WRITE' as const);
  });
  return settled ?? 'UNDER_WAY';
}

/** The call may go on from its coupon just now, in another process. */
async function closeHalf(gateway: Gateway, { id, call }: OrphanCoupon): Promise<HandSettlement | null> {
  const { store } = gateway;
  const close = (): HandSettlement => {
    if (!store.orphanCoupons.all().some((one) => one.id === id)) return 'UNKNOWN_WRITE';
    store.pendingWrites.complete(id);
    return 'SETTLED';
  };
  if (!call) return store.transaction(close);
  return takeOverLease(gateway, call, async (lease) => whileHeld(gateway, lease, close));
}

async function settle(
  gateway: Gateway,
  provider: Provider,
  intent: PendingWrite,
  { finding, lease }: { finding: Finding; lease: Lease },
): Promise<HandSettlement> {
  const settled = withLeftWrite(gateway, provider, intent, async (write): Promise<HandSettlement> => {
    if (finding !== 'NOT_MADE') return settleMade(gateway, intent, write, { providerId: finding.made, lease });
    dismiss(gateway, intent.id, lease, write);
    return 'SETTLED';
  });
  return (await settled) ?? 'NOT_BY_ID';
}

async function settleMade<Answer>(
  gateway: Gateway,
  intent: PendingWrite,
  write: Write<Answer>,
  { providerId, lease }: { providerId: string; lease: Lease },
): Promise<HandSettlement> {
  if (!write.named) return 'NOT_BY_ID';
  const made = await write.named(providerId);
  if (!made) return 'NOT_THERE';
  await finish(gateway, intent.id, lease, write, made.answer);
  return 'SETTLED';
}
