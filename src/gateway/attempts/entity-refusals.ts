import { isUseOf } from '../../domain/ledger/ledger-use.ts';
import type { Coupon, Promotion } from '../../domain/promotion/promotion.ts';
import type { Refusal, RefusalReason } from '../../domain/redemption/outcomes.ts';
import type { Gateway } from '../core/gateway.ts';
import { listPromoCodes } from '../lists/list-promotions.ts';
import { RowBudget } from '../lists/paged-list.ts';
import { readInTurn } from '../reading/read-in-turn.ts';
import { readRedemptions } from '../reading/read-redemption.ts';
import { readStoredPromotions } from '../reading/read-stored-promotions.ts';
import type { Redeemer } from '../redemption/redeemer.ts';
import { hiddenReason, lookUpBlindly, type QuotedCustomers } from './look-up-blindly.ts';

/** A reference of a router to an object. */
export interface EntityReference {
  kind: 'PromoCode' | 'Coupon' | 'Redemption';
  id: string;
}

/** Among how many of its active codes, the newest first, a coupon needs one that the caller can quote. */
const MOST_CODES = 100;

/**
 * Why a caller without the scope `read` may not see entities, in the order of the references; null: it may see a promo
 * code that it can quote, the coupon of such a code, and a redemption that it has made. To look up another id is a failed
 * attempt. Its own redemptions are no attempts: they reveal nothing.
 */
export async function entityRefusals(
  gateway: Gateway,
  redeemer: Redeemer,
  references: readonly EntityReference[],
  customers: QuotedCustomers,
): Promise<(Refusal | null)[]> {
  const own = await ownRedemptions(gateway, redeemer, references);
  const blind = references.filter((one) => !isOwn(own, one));
  let stored: Promise<Map<string, Promotion>> | undefined;
  const hides = async ({ kind, id }: EntityReference): Promise<RefusalReason | null> => {
    // Not before the first attempt has begun: a caller that has reached its limit costs no read.
    stored ??= storedPromotions(gateway, redeemer, blind);
    const promotion = (await stored).get(id);
    if (promotion?.kind !== kind) return 'NOT_FOUND';
    const reason = hiddenReason(promotion, customers);
    if (reason || promotion.kind === 'PromoCode') return reason;
    return (await hasQuotableCode(gateway, redeemer, promotion, customers)) ? null : 'NOT_FOUND';
  };
  const refusals = (await lookUpBlindly(gateway, redeemer, blind, hides, 'LOOK_UP')).values();
  return references.map((one) => (isOwn(own, one) ? null : (refusals.next().value ?? null)));
}

function isOwn(own: ReadonlySet<string>, { kind, id }: EntityReference): boolean {
  return kind === 'Redemption' && own.has(id);
}

/** The ids of the redemptions that the caller has made, for its customer if it is bound to one. */
async function ownRedemptions(
  gateway: Gateway,
  redeemer: Redeemer,
  references: readonly EntityReference[],
): Promise<ReadonlySet<string>> {
  const ids = references.flatMap(({ kind, id }) => (kind === 'Redemption' ? id : []));
  if (ids.length === 0) return new Set();
  const { caller } = redeemer;
  const found = await readInTurn(gateway, { caller, objects: ids.length }, () => readRedemptions(gateway, ids));
  return new Set(found.flatMap((one) => (one && isUseOf(one, redeemer) ? one.id : [])));
}

/** The stored promotions of the caller's accounts, by their ids. */
async function storedPromotions(
  gateway: Gateway,
  { caller }: Redeemer,
  references: readonly EntityReference[],
): Promise<Map<string, Promotion>> {
  const ids = references.flatMap(({ id }) => (gateway.accounts.keyOf(id) ? id : []));
  const found = await readInTurn(gateway, { caller, objects: ids.length }, () => readStoredPromotions(gateway, ids));
  return new Map(found.flatMap((one) => (one ? [[one.id, one] as const] : [])));
}

async function hasQuotableCode(
  gateway: Gateway,
  { caller }: Redeemer,
  { id: couponId }: Coupon,
  customers: QuotedCustomers,
): Promise<boolean> {
  const conditions = { couponId, statuses: ['ACTIVE'] as const };
  const list = listPromoCodes(gateway, { conditions, sort: 'CREATED_AT_DESC', budget: new RowBudget(caller) });
  const { entries } = await list.page({ limit: MOST_CODES, backwards: false });
  return entries.some(({ item }) => hiddenReason(item, customers) === null);
}
