import type { Instant, PromoCode } from '../../domain/promotion/promotion.ts';
import { completeChangedPromoCode } from '../../domain/provider/complete-answer.ts';
import {
  fitPromoCodeChange,
  isChangeShown,
  type PromoCodeChangeRequest,
} from '../../domain/provider/promo-code-change.ts';
import type { Provider } from '../../domain/provider/provider.ts';
import { conflict, invalidInput, notFound } from '../../domain/redemption/results.ts';
import type { Lease } from '../../store/writes/idempotency-keys.ts';
import type { WriteRequestOf } from '../../store/writes/write-request.ts';
import type { Gateway } from '../core/gateway.ts';
import { readPromotion } from '../reading/read-promotion.ts';
import { keyedCall, once, unreached, type Writer } from '../writes/idempotency.ts';
import { finish, sendWrite } from '../writes/send-write.ts';
import { settleLeft } from '../writes/settle-pending-write.ts';
import { ownerOf } from '../writes/write.ts';
import { promotionChange } from './change-promotion.ts';
import { type CreatePromoCodeAnswer, shownPromoCode } from './create-promo-code.ts';

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
  const call = keyedCall(gateway, writer, 'updatePromoCode', { ...request });
  const key = gateway.accounts.keyOf(request.id);
  if (key?.kind !== 'PromoCode') return unreached(gateway, call, 'No such promo code');
  return once<CreatePromoCodeAnswer>(gateway, call, key.provider, {
    replay: (id) => shownPromoCode(gateway, id, true),
    perform: async (lease) => {
      const settled = await settleLeft(gateway, lease, 'updatePromoCode', (provider, left) =>
        promoCodeUpdate(gateway, provider, left),
      );
      if (settled !== null) return shownPromoCode(gateway, settled, false);
      const provider = ownerOf(gateway, key);
      if ('kind' in provider) return invalidInput(['id'], `belongs to ${key.provider}, which is switched off here`);
      return perform(gateway, provider, lease, request);
    },
  });
}

async function perform(
  gateway: Gateway,
  provider: Provider,
  lease: Lease,
  request: UpdatePromoCodeRequest,
): Promise<CreatePromoCodeAnswer> {
  const { id, allowGatewayRules, ...change } = request;
  if (Object.values(change).every((value) => value === undefined)) return invalidInput([], 'changes nothing');
  const promoCode = await readPromotion(gateway, id, 'JUDGED');
  const side = gateway.store.promotions.providerSide(id);
  if (promoCode?.kind !== 'PromoCode' || !side) return notFound('No such promo code');
  const issue = dateIssue(promoCode, change, gateway.clock());
  if (issue) return invalidInput(['expiresAt'], issue);
  const fitted = fitPromoCodeChange(change, {
    side,
    capabilities: provider.capabilities,
    allowRules: allowGatewayRules,
  });
  if (fitted.unsupported.length > 0)
    return { kind: 'UNSUPPORTED', provider: provider.name, fields: fitted.unsupported };
  if (change.active && fitted.sent.active === undefined && !side.active) {
    return conflict('The promo code is switched off at its provider for good');
  }
  const { sent, rules } = fitted;
  const write = promoCodeUpdate(gateway, provider, { operation: 'updatePromoCode', id, change: sent, rules });
  if (Object.keys(sent).length > 0) await sendWrite(gateway, provider, lease, write);
  else await finish(gateway, null, lease, write, null);
  return shownPromoCode(gateway, id, false);
}

function dateIssue(before: PromoCode, change: PromoCodeChangeRequest, now: number): string | null {
  const startsAt = change.startsAt === undefined ? before.startsAt : change.startsAt;
  const expiresAt = change.expiresAt === undefined ? before.expiresAt : change.expiresAt;
  const isGiven = (instant: Instant | null | undefined) => instant !== undefined && instant !== null;
  if (isGiven(change.expiresAt) && expiresAt !== null && expiresAt <= now) return 'must be in the future';
  const isTouched = isGiven(change.startsAt) || isGiven(change.expiresAt);
  return isTouched && startsAt !== null && expiresAt !== null && expiresAt <= startsAt
    ? 'must be after startsAt'
    : null;
}

/** The write that changes a promo code at its provider, and the gateway's rules with it. */
export function promoCodeUpdate(gateway: Gateway, provider: Provider, request: WriteRequestOf<'updatePromoCode'>) {
  const { id, change, rules } = request;
  return promotionChange(gateway, provider, request, {
    send: async (providerId, call) => {
      const facts = await provider.updatePromoCode?.(providerId, change, call);
      return facts && completeChangedPromoCode(facts, change);
    },
    isDone: (shown) => shown !== null && isChangeShown(shown, change, gateway.clock()),
    keep: (sentAt) => gateway.store.promotions.setRules(id, rules, sentAt),
  });
}
