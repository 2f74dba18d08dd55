import { z } from 'zod';
import type { Money } from '../../domain/money/money.ts';
import type { Discount, Duration } from '../../domain/promotion/promotion.ts';
import type { ProviderCoupon, ProviderPromoCode } from '../../domain/provider/provider.ts';
import type { PromotionRow } from '../tables.ts';

const moneyList = z.array(z.object({ minorUnits: z.number(), currency: z.string() }));

type Facts = ProviderPromoCode | ProviderCoupon;

/** The facts that every stored promotion needs. */
interface Terms {
  discount: Discount;
  duration: Duration;
  active: boolean;
}
export type WholeCoupon = ProviderCoupon & Terms;
export type WholePromoCode = ProviderPromoCode & Terms & { code: string };

/** Whether an answer has all required facts, as most answers do. */
export function isWhole(facts: Facts): facts is WholePromoCode | WholeCoupon {
  const hasTerms = facts.discount !== undefined && facts.duration !== undefined && facts.active !== undefined;
  return hasTerms && facts.remaining === undefined && (facts.kind === 'Coupon' || facts.code !== undefined);
}

/**
 * Completes an answer from its stored row, and the terms of a new promo code from its stored coupon. Null if a required
 * fact is still missing.
 */
export function wholeFacts(
  facts: Facts,
  known: PromotionRow | undefined,
  coupon: PromotionRow | undefined,
): WholePromoCode | WholeCoupon | null {
  const terms = known ?? (facts.kind === 'PromoCode' ? coupon : undefined);
  const discount = facts.discount ?? (terms && discountOf(terms));
  const duration = facts.duration ?? (terms && durationOf(terms));
  const active = facts.active ?? (known && known.provider_active === 1);
  if (discount === undefined || duration === undefined || active === undefined) return null;
  const whole = { discount, duration, active, redeemedCount: countOf(facts, known) };
  if (facts.kind === 'Coupon') return { ...facts, ...whole };
  const code = facts.code ?? known?.code ?? undefined;
  return code === undefined ? null : { ...facts, ...whole, code };
}

/** Converts facts to the other kind of promotion, for an object that the gateway first saw as that kind. */
export function asOtherKind(facts: Facts): Facts {
  if (facts.kind === 'PromoCode') {
    const { code: _, coupon, customerId, planId, firstTransactionOnly, ...rest } = facts;
    const { minimumOrder, minimumOrderOptions, ...shared } = rest;
    return { ...shared, kind: 'Coupon', name: undefined };
  }
  const { name, ...shared } = facts;
  const conditions = {
    customerId: undefined,
    planId: undefined,
    firstTransactionOnly: undefined,
    minimumOrder: undefined,
  };
  return { ...shared, ...conditions, kind: 'PromoCode', code: undefined, coupon: null };
}

/** The discount in a row. A row without a percentage and an amount has a discount that the provider defines. */
export function discountOf(row: PromotionRow): Discount {
  const { percentage, amount_minor: minorUnits, amount_currency: currency } = row;
  if (percentage !== null) return { kind: 'PERCENTAGE', percentage };
  if (minorUnits === null || currency === null) return { kind: 'PROVIDER_DEFINED' };
  const currencyOptions = optionsOf(row.amount_options);
  return { kind: 'FIXED', amount: { minorUnits, currency }, ...(currencyOptions && { currencyOptions }) };
}

/** The amounts in other currencies in a column; undefined: none. */
export function optionsOf(column: string | null): Money[] | undefined {
  return column === null ? undefined : moneyList.parse(JSON.parse(column));
}

/** The column of amounts in other currencies. */
export function optionsColumn(options: readonly Money[]): string | null {
  return options.length === 0 ? null : JSON.stringify(options);
}

/** The duration in a row. */
export function durationOf({
  duration_kind: kind,
  duration_count: count,
  duration_unit: unit,
}: PromotionRow): Duration {
  return kind === 'REPEATING' ? { kind, count, unit: unit ?? 'BILLING_PERIOD' } : { kind };
}

/** The count of uses; computed from the remaining uses and the stored limit if the answer omits it. */
function countOf({ redeemedCount, remaining }: Facts, known: PromotionRow | undefined): number | undefined {
  if (redeemedCount !== undefined || remaining === undefined) return redeemedCount;
  const limit = known?.provider_max ?? null;
  return limit === null ? undefined : Math.max(0, limit - remaining);
}
