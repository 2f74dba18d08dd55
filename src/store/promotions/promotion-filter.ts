import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { normalizedCode } from '../../domain/codes/code.ts';
import { type AccountScope, isInScope, type ScopedAccount } from '../../domain/promotion/account-scope.ts';
import { parsePromotionId } from '../../domain/promotion/identity.ts';
import {
  type Instant,
  PROVIDERS,
  type PromotionStatus,
  type ProviderName,
  STATUSES,
} from '../../domain/promotion/promotion.ts';
import type { Condition, Dialect, Pair } from '../engines/engine.ts';
import type { Period } from '../lists/cursor.ts';
import { isChosen } from '../lists/is-chosen.ts';
import type { Leg } from '../lists/scan.ts';

/** The filter of a list. An absent field does not filter. `…After` and `…Before` exclude the instant itself. */
export interface PromotionFilter {
  kind: 'PromoCode' | 'Coupon';
  /** The accounts that the caller may see; null or absent: all. */
  accountScope?: AccountScope;
  providers?: readonly ProviderName[];
  accounts?: readonly string[];
  statuses?: readonly PromotionStatus[];
  /** This code only, compared in normalized form. */
  code?: string;
  codePrefix?: string;
  couponId?: string;
  nameContains?: string;
  createdAfter?: Instant;
  createdBefore?: Instant;
  expiresBefore?: Instant;
}

/** The promo codes of a coupon, or the promo codes or coupons of a provider or of one of its accounts. */
export type OwnerLeg = { coupon_id: string } | { kind: string; provider: string } | AccountLeg;
export type AccountLeg = { kind: string; provider: string; account: string };

/**
 * The index scans of a filter, one for each combination of values: an index returns rows in the order of its last
 * column only if all its other columns have one value.
 * @param owners the {@link ownerLegs} that have rows
 * @param areCurrent whether all stored statuses are current; otherwise rows of every status are scanned
 */
export function legsOf(filter: PromotionFilter, owners: readonly Leg[], areCurrent: boolean): Leg[] {
  const statuses = distinct(areCurrent ? filter.statuses : undefined) ?? STATUSES;
  return owners.flatMap((owner) => statuses.map((status) => ({ ...owner, status })));
}

/** The rows of a filter, without its other conditions: those of a coupon, of accounts, or of providers. */
export function ownerLegs({ kind, couponId, providers, accounts, accountScope = null }: PromotionFilter): OwnerLeg[] {
  if (couponId !== undefined) {
    const coupon = parsePromotionId(couponId);
    // A promo code has the account of its coupon.
    const isWithin =
      coupon && isInScope(accountScope, coupon) && (providers ?? [coupon.provider]).includes(coupon.provider);
    return kind === 'PromoCode' && isWithin && (accounts ?? [coupon.account]).includes(coupon.account)
      ? [{ coupon_id: couponId }]
      : [];
  }
  return (distinct(providers) ?? PROVIDERS).flatMap((provider): OwnerLeg[] => {
    const within = accountsWithin(accountScope, provider, distinct(accounts));
    return within ? within.map((account) => ({ kind, provider, account })) : [{ kind, provider }];
  });
}

/** The accounts of a provider that match the filter and the scope; undefined: all accounts. */
function accountsWithin(
  accountScope: AccountScope,
  provider: ProviderName,
  requested: string[] | undefined,
): string[] | undefined {
  const bound = accountScope?.filter((one) => one.provider === provider).map(({ account }) => account);
  if (requested) return requested.filter((account) => isInScope(accountScope, { provider, account }));
  return bound?.includes(null) ? undefined : distinct(bound?.filter((account) => account !== null));
}

function distinct<Value>(values: readonly Value[] | undefined): Value[] | undefined {
  return values && [...new Set(values)];
}

/** The conditions of a filter on kind, scope, provider, account and coupon. */
export function ownersOf(
  dialect: Dialect,
  { kind, providers, accounts, couponId, accountScope = null }: PromotionFilter,
): Condition[] {
  return [
    sql`promotions.kind = ${kind}`,
    ...(accountScope === null ? [] : [isInAccountScope(dialect, accountScope)]),
    ...(providers === undefined ? [] : [isChosen(sql.ref('promotions.provider'), providers, PROVIDERS)]),
    ...(accounts === undefined ? [] : [dialect.isAmong(sql.ref('promotions.account'), accounts)]),
    ...(couponId === undefined ? [] : [sql<SqlBool>`promotions.coupon_id = ${couponId}`]),
  ];
}

/** The condition that a promotion's account is in the scope. */
export function isInAccountScope(dialect: Dialect, accountScope: readonly ScopedAccount[]): Condition {
  const whole = accountScope.filter(({ account }) => account === null).map(({ provider }) => provider);
  const single = accountScope.flatMap(({ provider, account }) =>
    account === null ? [] : [[provider, account] satisfies Pair],
  );
  const [provider, account] = [sql.ref('promotions.provider'), sql.ref('promotions.account')];
  return sql`(${isChosen(provider, whole, PROVIDERS)} or ${dialect.areAmong([provider, account], single)})`;
}

/** A range of an indexed column. */
export interface Range {
  column: 'normalized_code' | 'created_at' | 'ends_at';
  conditions: Condition[];
  /** The same range for a column that lists are sorted by; empty for the code. */
  period: Period;
}

/** The ranges of a filter. */
export function rangesOf(filter: PromotionFilter): Range[] {
  return [
    { column: 'normalized_code', conditions: codeConditions(filter), period: {} } as const,
    range('created_at', { after: filter.createdAfter, before: filter.createdBefore }),
    range('ends_at', { before: filter.expiresBefore }),
  ].filter(({ conditions }) => conditions.length > 0);
}

function codeConditions({ code, codePrefix }: PromotionFilter): Condition[] {
  const prefix = codePrefix === undefined ? undefined : normalizedCode(codePrefix);
  return [
    ...(code === undefined ? [] : [sql<SqlBool>`promotions.normalized_code = ${normalizedCode(code)}`]),
    // A range instead of LIKE, where `%` in a code would be a wildcard.
    ...(prefix === undefined
      ? []
      : [
          sql<SqlBool>`promotions.normalized_code >= ${prefix}`,
          sql<SqlBool>`promotions.normalized_code < ${`${prefix}\u{10ffff}`}`,
        ]),
  ];
}

function range(column: 'created_at' | 'ends_at', period: Period): Range {
  const value = sql.ref(`promotions.${column}`);
  const conditions = [
    ...(period.after === undefined ? [] : [sql<SqlBool>`${value} > ${period.after}`]),
    ...(period.before === undefined ? [] : [sql<SqlBool>`${value} < ${period.before}`]),
  ];
  return { column, conditions, period };
}

/**
 * The conditions without an index. Computes the status again, because a process with a fast clock may have stored it
 * early.
 */
export function restOf(
  { nameContains, statuses }: Pick<PromotionFilter, 'nameContains' | 'statuses'>,
  now: Instant,
): Condition[] {
  return [
    ...(nameContains === undefined ? [] : [isNamed(nameContains)]),
    ...(statuses === undefined ? [] : [isChosen(statusAt(now), statuses, STATUSES)]),
  ];
}

function isNamed(part: string): Condition {
  const plain = part.toLowerCase().replaceAll(/[%_\\]/g, '\\$&');
  return sql`promotions.lower_case_name like ${`%${plain}%`} escape '\\'`;
}

/** The same rule as `statusAt` in domain/promotion/status.ts, in SQL. */
function statusAt(now: Instant): RawBuilder<PromotionStatus> {
  return sql<PromotionStatus>`case
    when promotions.expires_at <= ${now} or coupon.expires_at <= ${now} then 'EXPIRED'
    when promotions.redeemed_count >= promotions.max_redemptions
      or coupon.redeemed_count >= coupon.max_redemptions then 'EXHAUSTED'
    when promotions.active = 0 or coupon.active = 0 then 'INACTIVE'
    when promotions.starts_at > ${now} or coupon.starts_at > ${now} then 'SCHEDULED'
    else 'ACTIVE' end`;
}
