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

/** What a list is narrowed to; what is absent does not narrow it. `…After` and `…Before` leave the instant itself out. */
export interface PromotionFilter {
  kind: 'PromoCode' | 'Coupon';
  /** What whoever asks may see; null or absent: everything. */
  accountScope?: AccountScope;
  providers?: readonly ProviderName[];
  accounts?: readonly string[];
  statuses?: readonly PromotionStatus[];
  /** Exactly this code, as redemption reads it. */
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
 * The index scans that a filter comes to, one for each combination of values: only rows that are equal in all of an
 * index's first columns are in the order of its last.
 * @param areSettled - whether the stored status is that of now; otherwise rows of every status are scanned
 * @param isEmpty - tells accounts without rows, which need no scans
 */
export function legsOf(
  filter: PromotionFilter,
  areSettled: boolean,
  isEmpty: (owned: OwnedKind) => boolean = () => false,
): Leg[] {
  const statuses = distinct(areSettled ? filter.statuses : undefined) ?? STATUSES;
  return ownersInTurn(filter, isEmpty).flatMap((owner) => statuses.map((status) => ({ ...owner, status })));
}

function ownersInTurn(
  { kind, couponId, providers, accounts, accountScope = null }: PromotionFilter,
  isEmpty: (owned: OwnedKind) => boolean,
): Leg[] {
  if (couponId !== undefined) {
    const coupon = parsePromotionId(couponId);
    // The codes of a coupon are where it is.
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

/** The accounts of a provider that are asked for and within reach; undefined: all of them. */
function accountsWithin(
  accountScope: AccountScope,
  provider: ProviderName,
  asked: string[] | undefined,
): string[] | undefined {
  const bound = accountScope?.filter((one) => one.provider === provider).map(({ account }) => account);
  if (asked) return asked.filter((account) => isInScope(accountScope, { provider, account }));
  return bound?.includes(null) ? undefined : distinct(bound?.filter((account) => account !== null));
}

function distinct<Value>(values: readonly Value[] | undefined): Value[] | undefined {
  return values && [...new Set(values)];
}

/** What a filter says of where a promotion belongs. */
export function ownersOf({ kind, providers, accounts, couponId, accountScope = null }: PromotionFilter): Condition[] {
  return [
    sql`promotions.kind = ${kind}`,
    ...(accountScope === null ? [] : [isReached(accountScope)]),
    ...(providers === undefined ? [] : [isChosen(sql.ref('promotions.provider'), providers, PROVIDERS)]),
    ...(accounts === undefined ? [] : [isAmong(sql.ref('promotions.account'), accounts)]),
    ...(couponId === undefined ? [] : [sql<SqlBool>`promotions.coupon_id = ${couponId}`]),
  ];
}

/** Whether a promotion's account is within reach. */
export function isReached(accountScope: readonly ScopedAccount[]): Condition {
  const whole = accountScope.filter(({ account }) => account === null).map(({ provider }) => provider);
  const single = accountScope.flatMap(({ provider, account }) => (account === null ? [] : [[provider, account]]));
  const [provider, account] = [sql.ref('promotions.provider'), sql.ref('promotions.account')];
  return sql`(${isChosen(provider, whole, PROVIDERS)} or ${areAmong([provider, account], single)})`;
}

/** What a filter says of a column of which an index serves a range. */
export interface Range {
  column: 'normalized_code' | 'created_at' | 'ends_at';
  conditions: Condition[];
  /** The same, of a column that a list may be ordered by. */
  period: Period;
}

/** The ranges that a filter narrows a list to. */
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
    // `%` is a letter like any other in a range.
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

/** What no index serves. A stored status is checked again here: another process may be ahead with the clock. */
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

/** The status as `promo/status.ts` works it out, in SQL. */
function statusAt(now: Instant): RawBuilder<PromotionStatus> {
  return sql<PromotionStatus>`case
    when promotions.expires_at <= ${now} or coupon.expires_at <= ${now} then 'EXPIRED'
    when promotions.redeemed_count >= promotions.max_redemptions
      or coupon.redeemed_count >= coupon.max_redemptions then 'EXHAUSTED'
    when not promotions.active or not coupon.active then 'INACTIVE'
    when promotions.starts_at > ${now} or coupon.starts_at > ${now} then 'SCHEDULED'
    else 'ACTIVE' end`;
}
