import { conflict, invalidInput, notFound } from '../promo/answers.ts';
import { type FittedChange, fitChange, type PromoCodeChangeRequest } from '../promo/change.ts';
import { parsePromotionId } from '../promo/identity.ts';
import type { PromoCode } from '../promo/promotion.ts';
import type { Provider } from '../promo/provider.ts';
import { type CreatePromoCodeAnswer, shownPromoCode } from './create-promo-code.ts';
import type { Gateway } from './gateway.ts';
import { type Claim, keyedCall, once } from './keyed.ts';
import { readPromotion } from './read-promotion.ts';
import { answering, intentOf, ownerOf, refusedChange, sendWrite, type Writer } from './write.ts';

export interface UpdatePromoCodeRequest extends PromoCodeChangeRequest {
  id: string;
  /** The gateway may enforce what the provider cannot change. */
  allowGatewayRules: boolean;
}

/** Changes a promo code at its provider, or the rules that the gateway enforces on it. */
export async function updatePromoCode(
  gateway: Gateway,
  writer: Writer,
  request: UpdatePromoCodeRequest,
): Promise<CreatePromoCodeAnswer> {
  const key = parsePromotionId(request.id);
  if (key?.kind !== 'PromoCode') return notFound('No such promo code');
  const call = keyedCall(writer.caller, 'updatePromoCode', writer.idempotencyKey, { ...request });
  return answering(
    () =>
      once<CreatePromoCodeAnswer>(gateway, call, key.provider, {
        replay: (id) => shownPromoCode(gateway, id, true),
        perform: async (claim) => {
          const provider = ownerOf(gateway, key);
          if ('kind' in provider) return invalidInput(['id'], `belongs to ${key.provider}, which is switched off here`);
          return perform(gateway, provider, writer, request, claim);
        },
      }),
    refusedChange,
  );
}

async function perform(
  gateway: Gateway,
  provider: Provider,
  writer: Writer,
  request: UpdatePromoCodeRequest,
  claim: Claim,
): Promise<CreatePromoCodeAnswer> {
  const { id, allowGatewayRules, ...change } = request;
  if (Object.values(change).every((value) => value === undefined)) return invalidInput([], 'changes nothing');
  const promoCode = await readPromotion(gateway, id, 'CACHED');
  const side = gateway.store.promotions.providerSide(id);
  if (promoCode?.kind !== 'PromoCode' || !side) return notFound('No such promo code');
  const issue = dateIssue(promoCode, change, gateway.clock());
  if (issue) return invalidInput(['expiresAt'], issue);
  const fitted = fitChange(change, { side, limits: provider.limits, allowRules: allowGatewayRules });
  if (fitted.unsupported.length > 0)
    return { kind: 'UNSUPPORTED', provider: provider.name, fields: fitted.unsupported };
  if (change.active && fitted.sent.active === undefined && !side.active) {
    return conflict('The promo code is switched off at its provider for good');
  }
  await apply(gateway, provider, writer, { promoCode, fitted, claim });
  return shownPromoCode(gateway, id, false);
}

function dateIssue(before: PromoCode, change: PromoCodeChangeRequest, now: number): string | null {
  const startsAt = change.startsAt === undefined ? before.startsAt : change.startsAt;
  const expiresAt = change.expiresAt === undefined ? before.expiresAt : change.expiresAt;
  if (change.expiresAt && change.expiresAt <= now) return 'must be in the future';
  const isTouched = change.startsAt || change.expiresAt;
  return isTouched && startsAt !== null && expiresAt !== null && expiresAt <= startsAt
    ? 'must be after startsAt'
    : null;
}

async function apply(
  gateway: Gateway,
  provider: Provider,
  writer: Writer,
  { promoCode, fitted, claim }: { promoCode: PromoCode; fitted: FittedChange; claim: Claim },
): Promise<void> {
  const { promotions } = gateway.store;
  const { id, providerId, account } = promoCode;
  const finish = () => {
    promotions.setRules(id, fitted.rules);
    claim.spend(id);
  };
  if (Object.keys(fitted.sent).length === 0) {
    gateway.store.transaction(finish);
  } else {
    await sendWrite(
      gateway,
      intentOf(provider, 'updatePromoCode', writer),
      // The same change twice is the same change.
      'SENT_AGAIN',
      async (sending) => provider.updatePromoCode?.(providerId, fitted.sent, sending),
      (facts, moment) => {
        if (facts) promotions.save({ provider: provider.name, account }, facts, moment);
        finish();
      },
    );
  }
  gateway.changes.publish('promotionChanged', id);
}
