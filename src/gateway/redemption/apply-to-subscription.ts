import { parsePromotionId, parseRedemptionId } from '../../domain/promotion/identity.ts';
import type { Promotion } from '../../domain/promotion/promotion.ts';
import { type Provider, ProviderError } from '../../domain/provider/provider.ts';
import {
  type IdempotencyConflict,
  type InvalidInput,
  type Refusal,
  refusal,
  type Unsupported,
} from '../../domain/redemption/results.ts';
import type { Taken, Use } from '../../store/redemptions/ledger.ts';
import type { ReservedUse } from '../../store/redemptions/subscription-discounts.ts';
import type { IdempotentCall, Lease } from '../../store/writes/idempotency-keys.ts';
import type { WriteRequestOf } from '../../store/writes/write-request.ts';
import type { Gateway } from '../core/gateway.ts';
import { refreshAfterChange } from '../reading/refresh-promotion.ts';
import { awaitLease, once } from '../writes/idempotency.ts';
import { intentOf, sendIntent, unknownOutcome, type Write } from '../writes/send-write.ts';
import { settleLeft } from '../writes/settle-pending-write.ts';
import { shownUse } from './take-use.ts';

type Answer = Taken | Refusal | InvalidInput | Unsupported | IdempotencyConflict;
type Applying = Provider & Required<Pick<Provider, 'applyToSubscription' | 'listSubscriptionUses'>>;
type SubscriptionUse = Use & { subscriptionId: string };

/**
 * Redeems a promo code or coupon and applies it to a subscription at its provider. The use is set aside in the ledger
 * while the provider is asked, kept when it agrees, given back when it refuses, and kept set aside while nobody knows.
 * @throws {ProviderError}
 */
export async function applyUse(
  gateway: Gateway,
  promotion: Promotion,
  use: SubscriptionUse,
  call: IdempotentCall,
): Promise<Answer> {
  const provider = gateway.accounts.find(promotion.provider, promotion.account);
  const unsupported: Unsupported = { kind: 'UNSUPPORTED', provider: promotion.provider, fields: ['subscriptionId'] };
  if (!provider || !canApply(provider)) return unsupported;
  return once<Answer>(gateway, call, provider.name, {
    replay: (id) => shownUse(gateway, id, true),
    perform: async (lease) => {
      const earlier = await settleApplication(gateway, lease);
      if (earlier) return earlier;
      const set = await setAside(gateway, provider, promotion, use, lease);
      if (set.kind === 'TAKEN') gateway.store.idempotencyKeys.complete(lease, set.redemption.id, gateway.clock());
      if (set.kind !== 'RESERVED') return set;
      try {
        const write = application(gateway, provider, set.request);
        return shownUse(gateway, await sendIntent(gateway, set.intentId, lease, write, false), false);
      } catch (error) {
        if (!(error instanceof ProviderError && error.unchanged)) throw error;
        if (error.reason === 'UNSUPPORTED') return unsupported;
        if (error.kind !== 'REJECTED') throw error;
        return whyRefused(gateway, provider, promotion, use);
      }
    },
  });
}

/** The write that applies a use which is set aside. */
export function application(
  gateway: Gateway,
  provider: Applying,
  request: WriteRequestOf<'applyToSubscription'>,
): Write<string> {
  const { redemptionId, subscriptionId, usesBefore } = request;
  const { subscriptionDiscounts, promotions, redemptions } = gateway.store;
  const ledgerId = parseRedemptionId(redemptionId) ?? '';
  const promotionId = redemptions.get(redemptionId)?.promotionId ?? '';
  const promotion = promotions.get(promotionId, gateway.clock());
  if (!promotion) throw new Error(`The promotion of the redemption ${redemptionId} is not in the store`);
  const isAnothers = (id: string) =>
    subscriptionDiscounts.isOwnedByAnother(
      { provider: provider.name, account: provider.account, id },
      { id: redemptionId },
    );
  return {
    request,
    repeatsSafelyFor: 0,
    send: (call) => provider.applyToSubscription(onWire(promotion), { subscriptionId, usesBefore }, call),
    find: async () => {
      const uses = await provider.listSubscriptionUses(promotion, subscriptionId, {});
      const [made, ...others] = uses.filter((id) => !usesBefore.includes(id) && !isAnothers(id));
      if (others.length > 0) return 'UNDECIDABLE';
      return made === undefined ? null : { answer: made };
    },
    named: async (providerId) => {
      const uses = await provider.listSubscriptionUses(promotion, subscriptionId, {});
      return uses.includes(providerId) && !isAnothers(providerId) ? { answer: providerId } : null;
    },
    record: (useId) => {
      // The one that is new may be that of an application which was recovered meanwhile: ours is looked for.
      if (isAnothers(useId)) throw unknownOutcome(provider.name);
      subscriptionDiscounts.markApplied(ledgerId, useId, gateway.clock());
      return redemptionId;
    },
    undo: () => subscriptionDiscounts.markNotApplied(ledgerId, gateway.clock()),
    // The provider counts this use from now on: its count is read before the next one is judged by it.
    follow: () => readAgain(gateway, provider, promotion),
  };
}

export function canApply(provider: Provider): provider is Applying {
  return provider.applyToSubscription !== undefined && provider.listSubscriptionUses !== undefined;
}

/**
 * What an earlier call under the same key has applied, before anything of the use is judged again. Null: nothing, as far
 * as is known, so that the use may be judged as new.
 * @throws {ProviderError} while its outcome is not known
 */
export async function earlierApplication(
  gateway: Gateway,
  call: IdempotentCall,
): Promise<Taken | IdempotencyConflict | null> {
  const left = gateway.store.pendingWrites.findSent(call, 'applyToSubscription');
  if (!left) return null;
  return once<Taken | null>(gateway, call, left.provider, {
    replay: (id) => shownUse(gateway, id, true),
    perform: (lease) => settleApplication(gateway, lease),
  });
}

async function settleApplication(gateway: Gateway, lease: Lease): Promise<Taken | null> {
  const settled = await settleLeft(gateway, lease, 'applyToSubscription', (provider, request) =>
    canApply(provider) ? application(gateway, provider, request) : null,
  );
  return settled === null ? null : shownUse(gateway, settled, false);
}

async function setAside(
  gateway: Gateway,
  provider: Applying,
  promotion: Promotion,
  use: SubscriptionUse,
  lease: Lease,
): Promise<ReservedUse | Taken | Refusal | InvalidInput> {
  const { subscriptionId } = use;
  const usesBefore = await provider.listSubscriptionUses(promotion, subscriptionId, {});
  return awaitLease(gateway, () =>
    gateway.store.subscriptionDiscounts.reserve(
      use,
      intentOf(provider, lease, { subscriptionId, usesBefore }),
      gateway.clock(),
    ),
  );
}

/** The reason that a fresh read of the promotion explains; the provider's own where it explains none. */
async function whyRefused(gateway: Gateway, provider: Provider, promotion: Promotion, use: Use): Promise<Refusal> {
  await readAgain(gateway, provider, promotion);
  // That the order holds it is no answer to the provider's refusal.
  const verdict = gateway.store.ledger.quote(use, gateway.clock(), false);
  return verdict.kind === 'REFUSED' ? verdict : refusal('REFUSED_BY_PROVIDER');
}

/** Reads a promotion again; a provider that is out of reach now changes nothing about what it has just answered. */
async function readAgain(gateway: Gateway, provider: Provider, { id }: Promotion): Promise<void> {
  const key = parsePromotionId(id);
  try {
    if (key) await refreshAfterChange(gateway, provider, key);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
  }
}

function onWire(promotion: Promotion): { providerId: string; code?: string } {
  const { providerId } = promotion;
  return promotion.kind === 'PromoCode' ? { providerId, code: promotion.code } : { providerId };
}
