import type { Lease } from '../../domain/ledger/lease.ts';
import type { PromotionKey } from '../../domain/promotion/identity.ts';
import type { Instant, PromoCode } from '../../domain/promotion/promotion.ts';
import { fitPromoCodeChange, type PromoCodeChangeRequest } from '../../domain/provider/promo-code-change.ts';
import { unsupportedBy } from '../../domain/provider/unsupported.ts';
import { conflict, invalidInput, notFound } from '../../domain/redemption/outcomes.ts';
import type { Gateway } from '../core/gateway.ts';
import { promoCodeUpdate } from '../provider-writes/promo-code-update.ts';
import { readPromotion } from '../reading/read-promotion.ts';
import { type Effect, effect, keyedCall, outOfScope, type Writer, withIdempotencyKey } from '../writes/idempotency.ts';
import { resumeWrite } from '../writes/resume-write.ts';
import { finish, sendWrite } from '../writes/send-write.ts';
import { type CreatePromoCodeAnswer, type Refused, shownPromoCode } from './create-promo-code.ts';

export interface UpdatePromoCodeRequest extends PromoCodeChangeRequest {
  id: string;
  /** The gateway may enforce what the provider cannot change. */
  allowGatewayRules: boolean;
}

/**
 * Changes a promo code at its provider, or the rules that the gateway enforces on it. The gateway keeps the metadata if the
 * provider does not.
 * @throws {ProviderError}
 */
export async function updatePromoCode(
  gateway: Gateway,
  writer: Writer,
  request: UpdatePromoCodeRequest,
): Promise<CreatePromoCodeAnswer> {
  const call = keyedCall(gateway, writer, 'updatePromoCode', { ...request });
  const key = gateway.accounts.keyOf(request.id);
  if (key?.kind !== 'PromoCode') return outOfScope(gateway, call, 'No such promo code');
  const answer = await withIdempotencyKey(gateway, call, key.provider, (lease) => update(gateway, key, request, lease));
  return answer.kind === 'EFFECT' ? shownPromoCode(gateway, answer) : answer;
}

async function update(
  gateway: Gateway,
  key: PromotionKey,
  { id, allowGatewayRules, ...change }: UpdatePromoCodeRequest,
  lease: Lease,
): Promise<Effect | Refused> {
  const resumed = await resumeWrite(gateway, lease, 'updatePromoCode');
  if (resumed !== null) return effect(resumed);

  const provider = gateway.accounts.find(key.provider, key.account);
  if (!provider) return invalidInput(['id'], 'UNKNOWN', `belongs to ${key.provider}, which is switched off here`);
  if (Object.values(change).every((value) => value === undefined))
    return invalidInput([], 'NO_CHANGE', 'changes nothing');
  const promoCode = await readPromotion(gateway, id, 'JUDGED');
  const side = await gateway.store.promotions.providerSide(id);
  if (promoCode?.kind !== 'PromoCode' || !side) return notFound('No such promo code');

  const issue = dateIssue(promoCode, change, gateway.clock());
  if (issue) return invalidInput(['expiresAt'], 'OUT_OF_RANGE', issue);
  const fitted = fitPromoCodeChange(change, {
    side,
    capabilities: provider.capabilities,
    allowRules: allowGatewayRules,
  });
  const { sent, rules, keptMetadata: metadata, unsupported } = fitted;
  const refused = unsupportedBy(provider.name, unsupported);
  if (refused) return refused;
  if (change.active && sent.active === undefined && !side.active) {
    return conflict('The promo code is switched off at its provider for good');
  }

  const request = { operation: 'updatePromoCode', id, change: sent, rules, metadata } as const;
  const write = promoCodeUpdate(gateway, provider, request);
  if (Object.keys(sent).length === 0) return effect(await finish(gateway, null, lease, write, write.keptHere));
  return effect(await sendWrite(gateway, provider, lease, write));
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
