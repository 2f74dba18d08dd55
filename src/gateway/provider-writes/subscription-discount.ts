import { parsePromotionId, parseRedemptionId } from '../../domain/promotion/identity.ts';
import type { Promotion } from '../../domain/promotion/promotion.ts';
import type { Provider } from '../../domain/provider/provider.ts';
import { ProviderError } from '../../domain/provider/provider-error.ts';
import type { Db } from '../../store/engines/engine.ts';
import type { WriteRequestOf } from '../../store/writes/write-request.ts';
import { accountOf } from '../core/accounts.ts';
import type { Gateway } from '../core/gateway.ts';
import { refreshAfterChange } from '../reading/refresh-promotion.ts';
import type { Answered, ProviderWrite } from './provider-write.ts';
import { unknownOutcome } from './unknown-outcome.ts';

/** A provider that can apply a promotion to a subscription, and list the uses on it. */
export type Applying = Provider & Required<Pick<Provider, 'applyToSubscription' | 'listSubscriptionUses'>>;

export function canApply(provider: Provider): provider is Applying {
  return provider.applyToSubscription !== undefined && provider.listSubscriptionUses !== undefined;
}

/** The write that applies a reserved use to a subscription. */
export function discountApplication(
  gateway: Gateway,
  provider: Applying,
  request: WriteRequestOf<'applyToSubscription'>,
): ProviderWrite {
  const { redemptionId, subscriptionId, usesBefore } = request;
  const { subscriptionDiscounts } = gateway.store;
  const ledgerId = parseRedemptionId(redemptionId) ?? '';
  const readPromotion = () => promotionOf(gateway, redemptionId);
  const isAnothers = (id: string, db?: Db) =>
    subscriptionDiscounts.isOwnedByAnother({ ...accountOf(provider), id }, { id: redemptionId }, db);
  const answered = (useId: string): Answered => ({
    record: async (_, db) => {
      // Recovery may have assigned this use to another redemption meanwhile. Then our own use is still unknown.
      if (await isAnothers(useId, db)) throw unknownOutcome(provider.name);
      await subscriptionDiscounts.markApplied(ledgerId, useId, gateway.clock(), db);
      return redemptionId;
    },
  });
  return {
    request,
    repeatsSafelyForMs: 0,
    send: async (call) => {
      const target = { subscriptionId, usesBefore };
      return answered(await provider.applyToSubscription(wireOf(await readPromotion()), target, call));
    },
    reconcile: async () => {
      const uses = await provider.listSubscriptionUses(await readPromotion(), subscriptionId, {});
      const made: string[] = [];
      for (const id of uses) if (!usesBefore.includes(id) && !(await isAnothers(id))) made.push(id);
      const [only] = made;
      if (made.length > 1) return 'UNDECIDABLE';
      return only === undefined ? null : answered(only);
    },
    reconcileById: async (providerId) => {
      const uses = await provider.listSubscriptionUses(await readPromotion(), subscriptionId, {});
      return uses.includes(providerId) && !(await isAnothers(providerId)) ? answered(providerId) : null;
    },
    undo: (db) => subscriptionDiscounts.markNotApplied(ledgerId, gateway.clock(), db),
    // The provider has counted this use: its new count decides about the next one.
    afterwards: async () => readAgain(gateway, provider, await readPromotion()),
  };
}

/** The promotion of a redemption. */
async function promotionOf({ store, clock }: Gateway, redemptionId: string): Promise<Promotion> {
  const redemption = await store.redemptions.get(redemptionId, clock());
  const promotion = redemption && (await store.promotions.get(redemption.promotionId, clock()));
  if (!promotion) throw new Error(`The promotion of the redemption ${redemptionId} is not in the store`);
  return promotion;
}

/** The write that ends a discount on a subscription, and the redemption with it. An ended discount stays ended. */
export function discountRemoval(
  gateway: Gateway,
  provider: Provider,
  request: WriteRequestOf<'removeFromSubscription'>,
): ProviderWrite {
  const { redemptionId, useId, subscriptionId, reason } = request;
  const ended: Answered = {
    record: async (_, db) => {
      const ledgerId = parseRedemptionId(redemptionId) ?? '';
      await gateway.store.subscriptionDiscounts.markEnded(ledgerId, reason, gateway.clock(), db);
      return redemptionId;
    },
  };
  return {
    request,
    repeatsSafelyForMs: Number.POSITIVE_INFINITY,
    send: async (call) => {
      await provider.removeFromSubscription?.({ useId, subscriptionId }, call);
      return ended;
    },
  };
}

/** Reads a promotion again. A failure is ignored: the answer before it stays valid. */
export async function readAgain(gateway: Gateway, provider: Provider, { id }: Promotion): Promise<void> {
  const key = parsePromotionId(id);
  try {
    if (key) await refreshAfterChange(gateway, provider, key);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
  }
}

function wireOf(promotion: Promotion): { providerId: string; code?: string } {
  const { providerId } = promotion;
  return promotion.kind === 'PromoCode' ? { providerId, code: promotion.code } : { providerId };
}
