import { z } from 'zod';
import type { Money } from '../../domain/money/money.ts';
import { type PromotionKey, promotionId } from '../../domain/promotion/identity.ts';
import { boundMetadata } from '../../domain/promotion/metadata-bounds.ts';
import type {
  Coupon,
  Discount,
  Duration,
  GatewayRule,
  Instant,
  PromoCode,
  Promotion,
} from '../../domain/promotion/promotion.ts';
import { nextStatusChange, type StatusFacts, statusAt } from '../../domain/promotion/status.ts';
import { textMap } from '../../domain/promotion/text-map.ts';
import type { PromotionRow } from '../tables.ts';
import { codeColumns } from './normalized-codes.ts';
import {
  discountOf,
  durationOf,
  optionsColumn,
  optionsOf,
  type WholeCoupon,
  type WholePromoCode,
} from './whole-facts.ts';

const productIdList = z.array(z.string());

/** A stored promotion with its state at `now`. `coupon` is the coupon of a promo code. */
export function toPromotion(row: PromotionRow, coupon: PromotionRow | null, now: Instant): Promotion {
  return row.kind === 'PromoCode' ? toPromoCode(row, coupon, now) : toCoupon(row, now);
}

export function toPromoCode(row: PromotionRow, coupon: PromotionRow | null, now: Instant): PromoCode {
  const both = [row, coupon].filter((one) => one !== null);
  const left = both.map(remainingOf).filter((count) => count !== null);
  const minimum = money(row.provider_minimum_minor, row.provider_minimum_currency);
  const minimumOrderOptions = minimum ? optionsOf(row.provider_minimum_options) : undefined;
  return {
    ...shared(row),
    // A read of the coupon alone can show amounts that the promo code does not have yet.
    discount: discountOf(coupon ? { ...row, amount_options: coupon.amount_options } : row),
    kind: 'PromoCode',
    status: statusAt(now, ...both.map(statusFacts)),
    stateUntil: stateUntil(now, both),
    // A new read of the promo code also returns its coupon.
    isDue: both.some((one) => one.due_sequence !== null),
    isCountUnknown: both.some(isCountUnknown),
    remaining: left.length > 0 ? Math.min(...left) : null,
    productIds: productIdsOf(coupon ?? row),
    code: row.code ?? '',
    couponId: row.coupon_id,
    perCustomerLimit: row.rule_per_customer,
    customerId: row.provider_customer_id ?? row.rule_customer_id,
    planId: row.provider_plan_id ?? row.rule_plan_id,
    firstTransactionOnly: Boolean(row.provider_first_transaction || row.rule_first_transaction),
    minimumOrder: minimum ?? money(row.rule_minimum_minor, row.rule_minimum_currency),
    ...(minimumOrderOptions && { minimumOrderOptions }),
  };
}

export function toCoupon(row: PromotionRow, now: Instant): Coupon {
  return {
    ...shared(row),
    kind: 'Coupon',
    status: statusAt(now, statusFacts(row)),
    stateUntil: stateUntil(now, [row]),
    remaining: remainingOf(row),
    productIds: productIdsOf(row),
    name: row.name,
  };
}

/** The columns that a provider's answer sets. Columns of omitted fields are missing, so that their values stay. */
export function providerColumns(key: PromotionKey, facts: WholePromoCode | WholeCoupon) {
  return {
    id: promotionId(key),
    kind: key.kind,
    provider: key.provider,
    account: key.account,
    provider_id: key.providerId,
    ...discountColumns(facts.discount),
    ...durationColumns(facts.duration),
    provider_active: facts.active ? (1 as const) : (0 as const),
    ...(facts.maxRedemptions !== undefined && { provider_max: facts.maxRedemptions }),
    ...(facts.startsAt !== undefined && { provider_starts_at: facts.startsAt }),
    ...(facts.expiresAt !== undefined && { provider_expires_at: facts.expiresAt }),
    ...(facts.redeemedCount !== undefined && { provider_count: facts.redeemedCount }),
    ...(facts.createdAt !== undefined && { created_at: facts.createdAt }),
    ...(facts.metadata !== undefined && { metadata: facts.metadata && JSON.stringify(boundMetadata(facts.metadata)) }),
    ...(facts.productIds !== undefined && { product_ids: facts.productIds && JSON.stringify(facts.productIds) }),
    ...(facts.kind === 'PromoCode' ? promoCodeColumns(key, facts) : couponColumns(facts)),
  };
}

function promoCodeColumns(key: PromotionKey, facts: WholePromoCode) {
  const { coupon, customerId, planId, firstTransactionOnly, minimumOrder, minimumOrderOptions } = facts;
  return {
    code: facts.code,
    ...codeColumns(facts.code),
    coupon_id: coupon && promotionId({ ...key, kind: 'Coupon', providerId: coupon.providerId }),
    ...(customerId !== undefined && { provider_customer_id: customerId }),
    ...(planId !== undefined && { provider_plan_id: planId }),
    ...(firstTransactionOnly !== undefined && {
      provider_first_transaction: firstTransactionOnly ? (1 as const) : (0 as const),
    }),
    ...(minimumOrder !== undefined && {
      provider_minimum_minor: minimumOrder?.minorUnits ?? null,
      provider_minimum_currency: minimumOrder?.currency ?? null,
    }),
    ...(minimumOrderOptions && { provider_minimum_options: optionsColumn(minimumOrderOptions) }),
  };
}

function couponColumns({ name }: WholeCoupon) {
  return name === undefined ? {} : { name, lower_case_name: name?.toLowerCase() ?? null };
}

/** All are null for a discount that the provider computes. */
function discountColumns(discount: Discount) {
  const fixed = discount.kind === 'FIXED' ? discount : null;
  const options = fixed ? fixed.currencyOptions : [];
  return {
    percentage: discount.kind === 'PERCENTAGE' ? discount.percentage : null,
    amount_minor: fixed?.amount.minorUnits ?? null,
    amount_currency: fixed?.amount.currency ?? null,
    ...(options && { amount_options: optionsColumn(options) }),
  };
}

function durationColumns(duration: Duration) {
  if (duration.kind !== 'REPEATING') {
    return { duration_kind: duration.kind, duration_count: null, duration_unit: null };
  }
  const { kind, count, unit } = duration;
  return { duration_kind: kind, duration_unit: unit, ...(count !== null && { duration_count: count }) };
}

function isCountUnknown(row: PromotionRow): boolean {
  return row.unknown_count === 1 || row.unknown_limit === 1;
}

function shared(row: PromotionRow) {
  return {
    id: row.id,
    provider: row.provider,
    account: row.account,
    providerId: row.provider_id,
    discount: discountOf(row),
    duration: durationOf(row),
    active: Boolean(row.active),
    maxRedemptions: row.max_redemptions,
    redeemedCount: row.redeemed_count,
    heldCount: row.held,
    startsAt: row.starts_at,
    expiresAt: row.expires_at,
    createdAt: row.created_at,
    metadata: row.metadata === null ? null : boundMetadata(textMap.parse(JSON.parse(row.metadata))),
    gatewayRules: toGatewayRules(row),
    asOf: row.as_of,
    isDue: row.due_sequence !== null,
    isCountUnknown: isCountUnknown(row),
  };
}

/** The facts that determine the status of a row, without its coupon. */
export function statusFacts(row: PromotionRow): StatusFacts {
  return {
    active: Boolean(row.active),
    maxRedemptions: row.max_redemptions,
    redeemedCount: row.redeemed_count,
    startsAt: row.starts_at,
    expiresAt: row.expires_at,
  };
}

/** When the clock may next change what these rows show. In the past: a hold has ended and is not released yet. */
function stateUntil(now: Instant, rows: readonly PromotionRow[]): Instant | null {
  const releases = rows.flatMap(({ held, next_release }) => (held > 0 && next_release !== null ? next_release : []));
  const status = nextStatusChange(now, ...rows.map(statusFacts));
  const times = status === null ? releases : [status, ...releases];
  return times.length === 0 ? null : Math.min(...times);
}

function remainingOf({ max_redemptions, redeemed_count, held }: PromotionRow): number | null {
  return max_redemptions === null ? null : Math.max(0, max_redemptions - redeemed_count - held);
}

function productIdsOf({ product_ids }: PromotionRow): string[] | null {
  return product_ids === null ? null : productIdList.parse(JSON.parse(product_ids));
}

function money(minorUnits: number | null, currency: string | null): Money | null {
  return minorUnits === null || currency === null ? null : { minorUnits, currency };
}

function toGatewayRules(row: PromotionRow): GatewayRule[] {
  const rules: [enforced: boolean, rule: GatewayRule][] = [
    [row.rule_starts_at !== null, 'STARTS_AT'],
    [row.rule_per_customer !== null, 'PER_CUSTOMER_LIMIT'],
    [row.rule_max !== null, 'MAX_REDEMPTIONS'],
    [row.rule_expires_at !== null, 'EXPIRES_AT'],
    [row.rule_customer_id !== null, 'CUSTOMER'],
    [row.rule_plan_id !== null, 'PLAN'],
    [row.rule_first_transaction === 1, 'FIRST_TRANSACTION_ONLY'],
    [row.rule_minimum_minor !== null, 'MINIMUM_ORDER'],
    [row.rule_switched_off === 1, 'SWITCHED_OFF'],
  ];
  return rules.filter(([enforced]) => enforced).map(([, rule]) => rule);
}
