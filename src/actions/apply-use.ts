import { type IdempotencyConflict, type Refusal, refusal, type Unsupported } from '../promo/answers.ts';
import { parseRedemptionId } from '../promo/identity.ts';
import type { Promotion } from '../promo/promotion.ts';
import { type Provider, ProviderFailure } from '../promo/provider.ts';
import type { Redemption } from '../promo/redemption.ts';
import type { NewIntent } from '../store/intents.ts';
import type { KeyedCall } from '../store/keys.ts';
import type { Taken, Use } from '../store/ledger.ts';
import type { Gateway } from './gateway.ts';
import { once } from './keyed.ts';
import { refreshPromotion } from './refresh-promotion.ts';
import { publishUse, takeUse } from './take-use.ts';
import { intentOf, refuseLeftOver, sendWrite } from './write.ts';

type Answer = Taken | Refusal | Unsupported | IdempotencyConflict;

/**
 * Redeems a promo code or coupon and applies it to a subscription at its provider. The use is set aside in the ledger while the
 * provider is asked, kept when it agrees, given back when it refuses, and kept set aside while nobody knows.
 * @throws {ProviderFailure}
 */
export async function applyUse(
  gateway: Gateway,
  promotion: Promotion,
  use: Use & { subscriptionId: string },
  { call, idempotencyKey }: { call: KeyedCall; idempotencyKey: string },
): Promise<Answer> {
  const provider = gateway.accounts.find(promotion.provider, promotion.account);
  if (!provider?.applyToSubscription) {
    return { kind: 'UNSUPPORTED', provider: promotion.provider, fields: ['subscriptionId'] };
  }
  return once<Answer>(gateway, call, provider.name, {
    replay: (id) => replayed(gateway, id),
    perform: async (claim) => {
      const intent = intentOf(provider, 'applyToSubscription', { caller: use.caller, idempotencyKey });
      refuseLeftOver(gateway, intent);
      const taken = await takeUse(gateway, use, { taking: { as: 'HELD', until: null }, call: null });
      if (taken.kind !== 'TAKEN') return taken;
      const { redemption } = taken;
      if (taken.replayed) claim.spend(redemption.id);
      return taken.replayed ? taken : apply(gateway, provider, promotion, { use, call, intent, redemption });
    },
  });
}

async function apply(
  gateway: Gateway,
  provider: Provider,
  promotion: Promotion,
  { use, call, intent, redemption }: Application,
): Promise<Taken | Refusal> {
  const { ledger } = gateway.store;
  const ledgerKey = parseRedemptionId(redemption.id) ?? '';
  try {
    const applied = await sendWrite(
      gateway,
      intent,
      'IN_DOUBT',
      async (sending) => provider.applyToSubscription?.(onWire(promotion), use.subscriptionId, sending),
      (useId) => ledger.applied(ledgerKey, useId ?? '', call, gateway.clock()),
    );
    publishUse(gateway, applied.redemption);
    // The provider counts this use from now on: its count is read before the next one is judged by it.
    await readAgain(gateway, provider, promotion);
    return applied;
  } catch (error) {
    if (!(error instanceof ProviderFailure && error.unchanged)) throw error;
    ledger.refused(ledgerKey, 'The provider did not apply it', gateway.clock());
    if (error.kind !== 'REJECTED') throw error;
    await readAgain(gateway, provider, promotion);
    const verdict = ledger.quote(use, gateway.clock());
    return verdict.kind === 'REFUSED' ? verdict : refusal('REFUSED_BY_PROVIDER');
  }
}

interface Application {
  use: Use & { subscriptionId: string };
  call: KeyedCall;
  intent: NewIntent;
  redemption: Redemption;
}

function replayed(gateway: Gateway, id: string): Taken {
  const redemption = gateway.store.redemptions.get(id);
  if (!redemption) throw new Error(`The redemption ${id} is not in the ledger`);
  return { kind: 'TAKEN', redemption, replayed: true };
}

/** Reads a promotion again; a provider that is out of reach now changes nothing about what it has just answered. */
async function readAgain(gateway: Gateway, provider: Provider, { kind, providerId }: Promotion): Promise<void> {
  try {
    await refreshPromotion(gateway, provider, {
      kind,
      provider: provider.name,
      account: provider.account,
      providerId,
    });
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error;
  }
}

function onWire(promotion: Promotion): { providerId: string; code?: string } {
  const { providerId } = promotion;
  return promotion.kind === 'PromoCode' ? { providerId, code: promotion.code } : { providerId };
}
