import { parsePromotionId, parseRedemptionId } from '../../domain/promotion/identity.ts';
import type { Promotion } from '../../domain/promotion/promotion.ts';
import type { Provider } from '../../domain/provider/provider.ts';
import { ProviderError } from '../../domain/provider/provider-error.ts';
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
  const { subscriptionDiscounts, promotions, redemptions } = gateway.store;
  const ledgerId = parseRedemptionId(redemptionId) ?? '';
  const promotionId = redemptions.get(redemptionId)?.promotionId ?? '';
  const promotion = promotions.get(promotionId, gateway.clock());
  if (!promotion) throw new Error(`The promotion of the redemption ${redemptionId} is not in the store`);
  const isAnothers = (id: string) =>
    subscriptionDiscounts.isOwnedByAnother({ ...accountOf(provider), id }, { id: redemptionId });
  const answered = (useId: string): Answered => ({
    record: () => {
      // Recovery may have assigned this use to another redemption meanwhile. Then our own use is still unknown.
      if (isAnothers(useId)) throw unknownOutcome(provider.name);
      subscriptionDiscounts.markApplied(ledgerId, useId, gateway.clock());
      return redemptionId;
    },
  });
  return {
    request,
    repeatsSafelyForMs: 0,
    send: async (call) =>
      answered(await provider.applyToSubscription(wireOf(promotion), { subscriptionId, usesBefore }, call)),
    reconcile: async () => {
      const uses = await provider.listSubscriptionUses(promotion, subscriptionId, {});
      const [made, ...others] = uses.filter((id) => !usesBefore.includes(id) && !isAnothers(id));
      if (others.length > 0) return 'UNDECIDABLE';
      return made === undefined ? null : answered(made);
    },
    reconcileById: async (providerId) => {
      const uses = await provider.listSubscriptionUses(promotion, subscriptionId, {});
      return uses.includes(providerId) && !isAnothers(providerId) ? answered(providerId) : null;
    },
    undo: () => subscriptionDiscounts.markNotApplied(ledgerId, gateway.clock()),
    // The provider has counted this use: its new count decides about the next one.
    afterwards: () => readAgain(gateway, provider, promotion),
  };
}

/** The write that ends a discount on a subscription, and the redemption with it. An ended discount stays ended. */
export function discountRemoval(
  gateway: Gateway,
  provider: Provider,
  request: WriteRequestOf<'removeFromSubscription'>,
): ProviderWrite {
  const { redemptionId, useId, subscriptionId, reason } = request;
  const ended: Answered = {
    record: () => {
      gateway.store.subscriptionDiscounts.markEnded(parseRedemptionId(redemptionId) ?? '', reason, gateway.clock());
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
