import { type SqlBool, sql } from 'kysely';
import type { Instant, ProviderName } from '../../domain/promotion/promotion.ts';
import type { Granted } from '../../domain/redemption/eligibility.ts';
import type { RedemptionStatus } from '../../domain/redemption/redemption.ts';
import { type Database, type Prepared, parameter } from '../sqlite/database.ts';
import type { RedemptionRow } from '../tables.ts';
import type { Use } from './ledger-commands.ts';
import { toRedemption } from './redemption-rows.ts';

/** An order, identified by its caller and the caller's order id. */
export interface OrderOf {
  caller: string;
  order_id: string;
}

/** A customer, identified by a caller and its customer id. */
export interface CustomerOf {
  caller: string;
  customerId: string;
}

interface Account {
  provider: ProviderName;
  account: string;
}

/** Which holds {@link ActiveUses.releaseOf} considers. */
export interface HoldsOf {
  promotionId: string;
  /** Absent: of all customers. */
  customerId?: string;
  /** Absent: of all callers. */
  caller?: string;
}

/** The maximum number of a customer's rows that are read. */
const MOST_ROWS = 100;

/** Reads the uses of an order, a customer or a subscription for the decision on a use. Writes nothing. */
export class ActiveUses {
  readonly #database: Database;
  readonly #ofOrder: Prepared<OrderOf, RedemptionRow>;
  readonly #openHolds: Prepared<{ caller: string; customer_id: string | null }, { held_until: Instant }>;
  readonly #ofCustomer: Prepared<{ customer_id: string; caller: string }, CustomerRow>;
  readonly #transacted: Prepared<Account & OrderOf & { customer_id: string }, { number: number }>;

  constructor(database: Database) {
    this.#database = database;
    const rows = database.build.selectFrom('redemptions');
    this.#ofOrder = database.prepare(
      rows
        .selectAll()
        .where('caller', '=', parameter<string>('caller'))
        .where('order_id', '=', parameter<string>('order_id'))
        // Literals, because SQLite uses a partial index only for literal values.
        .where('status', 'in', [sql.lit<RedemptionStatus>('HELD'), sql.lit<RedemptionStatus>('REDEEMED')]),
    );
    this.#openHolds = database.prepare(
      rows
        .select(sql<Instant>`held_until`.as('held_until'))
        .where('caller', '=', parameter<string>('caller'))
        // Unlike "=", "is" also finds guests (null).
        .where('customer_id', 'is', parameter<null>('customer_id'))
        .where('status', '=', sql.lit<RedemptionStatus>('HELD'))
        .where('held_until', 'is not', null)
        .orderBy('held_until'),
    );
    const latest = rows
      .select(['promotion_id', 'caller', 'status'])
      .where('customer_id', '=', parameter<string>('customer_id'))
      .orderBy('created_at', 'desc')
      .orderBy('number', 'desc')
      .limit(sql.lit(MOST_ROWS));
    this.#ofCustomer = database.prepare(
      database.build.selectFrom(latest.as('latest')).selectAll().where('caller', '=', parameter<string>('caller')),
    );
    this.#transacted = database.prepare(
      rows
        .select('number')
        .where('customer_id', '=', parameter<string>('customer_id'))
        .where('provider', '=', parameter<ProviderName>('provider'))
        .where('account', '=', parameter<string>('account'))
        .where('status', '=', sql.lit<RedemptionStatus>('REDEEMED'))
        .where(sql<SqlBool>`(order_id is null or order_id <> @order_id or caller <> @caller)`)
        .limit(sql.lit(1)),
    );
  }

  /** The held and redeemed uses of an order, newest first. Empty for an order without an id. */
  ofOrder({ caller, boundTo, order: { id } }: Pick<Use, 'caller' | 'boundTo' | 'order'>): RedemptionRow[] {
    if (id === null) return [];
    // Sorted here: an order has few rows, and SQLite's sorter costs more than the search.
    const rows = this.#ofOrder.all({ caller, order_id: id }).sort((one, other) => other.number - one.number);
    // Order ids can be guessed. A bound caller must not see or use another customer's discount.
    return boundTo === null ? rows : rows.filter((row) => row.customer_id === null || row.customer_id === boundTo);
  }

  /** Whether a customer has redeemed a promotion of this account for another order. */
  hasTransacted(customerId: string, { provider, account }: Account, order: { caller: string; id: string | null }) {
    const { caller, id } = order;
    // No order has an empty id.
    const values = { customer_id: customerId, provider, account, caller, order_id: id ?? '' };
    return this.#transacted.get(values) !== undefined;
  }

  /** Whether one of the customer's latest hundred uses, in any status, is of this caller. */
  knows({ caller, customerId }: CustomerOf): boolean {
    return this.#ofCustomer.get({ customer_id: customerId, caller }) !== undefined;
  }

  /**
   * The promotions that the customer holds or has redeemed with this caller, among the customer's latest hundred uses.
   */
  promotionsUsedBy({ caller, customerId }: CustomerOf): string[] {
    const rows = this.#ofCustomer.all({ customer_id: customerId, caller });
    const active = rows.filter(({ status }) => status === 'HELD' || status === 'REDEEMED');
    return [...new Set(active.map((row) => row.promotion_id))];
  }

  /** When each hold of a caller's customer expires, earliest first. `customerId: null` means the caller's guests. */
  openHolds(caller: string, customerId: string | null): Instant[] {
    return this.#openHolds.all({ caller, customer_id: customerId }).map((row) => row.held_until);
  }

  /** When `holds` of these holds will have expired; null: fewer have an end. */
  releaseOf({ promotionId, customerId, caller }: HoldsOf, holds: number): Instant | null {
    let query = this.#database.build
      .selectFrom('redemptions')
      .select('held_until')
      .where('status', '=', 'HELD')
      .where('held_until', 'is not', null)
      .where((where) => where.or([where('promotion_id', '=', promotionId), where('coupon_id', '=', promotionId)]))
      .orderBy('held_until')
      .limit(1)
      .offset(holds - 1);
    if (customerId !== undefined) query = query.where('customer_id', '=', customerId);
    if (caller !== undefined) query = query.where('caller', '=', caller);
    return this.#database.row(query)?.held_until ?? null;
  }

  /** The redemption that owns a use at the provider. */
  ownerOf(account: Account, providerUseId: string): RedemptionRow | undefined {
    const { build } = this.#database;
    return this.#database.row(
      build
        .selectFrom('redemptions')
        .selectAll()
        .where('provider', '=', account.provider)
        .where('account', '=', account.account)
        .where('provider_use_id', '=', providerUseId),
    );
  }

  /** The provider's ids of the uses on a subscription that redemptions own. */
  ownedOn(subscriptionId: string): string[] {
    const { build } = this.#database;
    const owned = build
      .selectFrom('redemptions')
      .select('provider_use_id')
      .where('subscription_id', '=', subscriptionId);
    return this.#database.rows(owned).flatMap(({ provider_use_id: id }) => id ?? []);
  }
}

type CustomerRow = Pick<RedemptionRow, 'promotion_id' | 'caller' | 'status'>;

/** The uses of an order, from the view of a request for one promotion that names a customer or none. */
export interface OwnUse {
  /** The customer's use of the promotion, or a guest's use, which the customer can claim. */
  own: RedemptionRow | undefined;
  /** All other uses of the order. */
  others: RedemptionRow[];
  /** The request names no customer, but the order's uses of the promotion belong to customers. */
  isOfNamedCustomer: boolean;
}

/**
 * Finds the own use among the uses of an order. A guest's use belongs to the first customer who is named for it. A
 * customer's use never belongs to a guest or to another customer.
 */
export function ownUse(rows: RedemptionRow[], promotionId: string, customerId: string | null): OwnUse {
  const uses = rows.filter(({ promotion_id }) => promotion_id === promotionId);
  const ofCustomer = uses.find(({ customer_id }) => customer_id === customerId);
  const own = ofCustomer ?? uses.find(({ customer_id }) => customer_id === null);
  return {
    own,
    others: rows.filter((row) => row !== own),
    isOfNamedCustomer: customerId === null && own === undefined && uses.length > 0,
  };
}

/** The order amount and discount of a row. */
export function grantedOf(row: RedemptionRow): Granted {
  const { orderAmount: amount, discountAmount } = toRedemption(row);
  return { amount, discountAmount };
}
