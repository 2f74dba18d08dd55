import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { type AccountScope, isInScope, type ScopedAccount } from '../../auth/account-scope.ts';
import { normalizedCode } from '../../domain/codes/code.ts';
import { parsePromotionId } from '../../domain/promotion/identity.ts';
import {
  type Instant,
  PROVIDERS,
  type PromotionStatus,
  type ProviderName,
  STATUSES,
} from '../../domain/promotion/promotion.ts';
import type { Period } from '../lists/cursor.ts';
import type { Leg } from '../lists/scan.ts';
import { areAmong, type Condition, isAmong, isChosen } from '../sqlite/membership.ts';

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

/** The promo codes or coupons of an account. */
export type OwnedKind = { kind: PromotionFilter['kind']; provider: ProviderName; account: string };

/**
 * The index scans of a filter, one for each combination of values: an index returns rows in the order of its last
 * column only if all its other columns have one value.
 * @param areCurrent whether all stored statuses are current; otherwise rows of every status are scanned
 * @param isEmpty whether an account has no rows, and needs no scan
 */
export function legsOf(
  filter: PromotionFilter,
  areCurrent: boolean,
  isEmpty: (owned: OwnedKind) => boolean = () => false,
): Leg[] {
  const statuses = distinct(areCurrent ? filter.statuses : undefined) ?? STATUSES;
  return ownerLegs(filter, isEmpty).flatMap((owner) => statuses.map((status) => ({ ...owner, status })));
}

function ownerLegs(
  { kind, couponId, providers, accounts, accountScope = null }: PromotionFilter,
  isEmpty: (owned: OwnedKind) => boolean,
): Leg[] {
  if (couponId !== undefined) {
    const coupon = parsePromotionId(couponId);
    // A promo code has the account of its coupon.
    const isWithin =
      coupon && isInScope(accountScope, coupon) && (providers ?? [coupon.provider]).includes(coupon.provider);
    return kind === 'PromoCode' && isWithin && (accounts ?? [coupon.account]).includes(coupon.account)
      ? [{ coupon_id: couponId }]
      : [];
  }
  return (distinct(providers) ?? PROVIDERS).flatMap((provider): Leg[] => {
    const within = accountsWithin(accountScope, provider, distinct(accounts));
    if (!within) return [{ kind, provider }];
    return within.map((account) => ({ kind, provider, account })).filter((owned) => !isEmpty(owned));
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
export function ownersOf({ kind, providers, accounts, couponId, accountScope = null }: PromotionFilter): Condition[] {
  return [
    sql`promotions.kind = ${kind}`,
    ...(accountScope === null ? [] : [isInAccountScope(accountScope)]),
    ...(providers === undefined ? [] : [isChosen(sql.ref('promotions.provider'), providers, PROVIDERS)]),
    ...(accounts === undefined ? [] : [isAmong(sql.ref('promotions.account'), accounts)]),
    ...(couponId === undefined ? [] : [sql<SqlBool>`promotions.coupon_id = ${couponId}`]),
  ];
}

/** The condition that a promotion's account is in the scope. */
export function isInAccountScope(accountScope: readonly ScopedAccount[]): Condition {
  const whole = accountScope.filter(({ account }) => account === null).map(({ provider }) => provider);
  const single = accountScope.flatMap(({ provider, account }) => (account === null ? [] : [[provider, account]]));
  const [provider, account] = [sql.ref('promotions.provider'), sql.ref('promotions.account')];
  return sql`(${isChosen(provider, whole, PROVIDERS)} or ${areAmong([provider, account], single)})`;
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
    ...(nameContains === undefined
      ? []
      : [sql<SqlBool>`instr(promotions.lower_case_name, ${nameContains.toLowerCase()}) > 0`]),
    ...(statuses === undefined ? [] : [isChosen(statusAt(now), statuses, STATUSES)]),
  ];
}

/** The same rule as `statusAt` in domain/promotion/status.ts, in SQL. */
function statusAt(now: Instant): RawBuilder<PromotionStatus> {
  return sql<PromotionStatus>`case
    when promotions.expires_at <= ${now} or coupon.expires_at <= ${now} then 'EXPIRED'
    when promotions.redeemed_count >= promotions.max_redemptions
      or coupon.redeemed_count >= coupon.max_redemptions then 'EXHAUSTED'
    when not promotions.active or not coupon.active then 'INACTIVE'
    when promotions.starts_at > ${now} or coupon.starts_at > ${now} then 'SCHEDULED'
    else 'ACTIVE' end`;
}
