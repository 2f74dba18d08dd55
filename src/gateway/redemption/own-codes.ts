import { lookUpFault, normalizedCode, typedCode } from '../../domain/codes/code.ts';
import { isInScope } from '../../domain/promotion/account-scope.ts';
import type { PromoCode } from '../../domain/promotion/promotion.ts';
import type { RedemptionStatus } from '../../domain/redemption/redemption.ts';
import type { Gateway } from '../core/gateway.ts';
import type { CodeUse, Redeemer } from './redeemer.ts';

/** A code that the order holds or has redeemed. */
export interface OwnCode {
  promoCode: PromoCode;
  status: RedemptionStatus;
}

/**
 * The code with this text that the order holds or has redeemed; null: none, or several. The caller already knows this
 * code, so attempts to use it are neither counted nor limited.
 */
export async function findOwnCode(
  gateway: Gateway,
  { caller, customer: boundTo }: Redeemer,
  use: CodeUse,
): Promise<OwnCode | null> {
  const { ledger, promotions } = gateway.store;
  const now = gateway.clock();
  const statuses = await ledger.promotionsOf({ caller, boundTo, ...use }, now);
  if (statuses.size === 0) return null;
  const named = await promotions.findByCode(typedCode(use.code), use, now);
  const own = named.flatMap((promoCode): OwnCode[] => {
    const status = statuses.get(promoCode.id);
    return status && isInScope(gateway.accounts.accountScope, promoCode) ? [{ promoCode, status }] : [];
  });
  return own.length === 1 ? (own[0] ?? null) : null;
}

/**
 * True if the customer holds or has redeemed this code through the same caller. A lockout does not apply to it, because
 * an attempt reveals nothing. Reads only the customer's own codes: otherwise the time of a locked-out answer would
 * depend on other codes.
 */
export async function hasUsedCode(
  gateway: Gateway,
  { caller }: Redeemer,
  { code, customerId }: CodeUse,
): Promise<boolean> {
  if (customerId === null || lookUpFault(code) !== undefined) return false;
  const { activeUses, promotions } = gateway.store;
  const now = gateway.clock();
  const used = await promotions.getMany(await activeUses.promotionsUsedBy({ caller, customerId }, now), now);
  return used.some((one) => one?.kind === 'PromoCode' && normalizedCode(one.code) === normalizedCode(code));
}
