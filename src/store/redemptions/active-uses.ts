import { type SqlBool, sql } from 'kysely';
import { hasLapsed } from '../../domain/ledger/ledger-use.ts';
import type { Use } from '../../domain/ledger/requests.ts';
import type { Instant, ProviderName } from '../../domain/promotion/promotion.ts';
import type { AwaitedHolds } from '../../domain/redemption/outcomes.ts';
import type { RedemptionStatus } from '../../domain/redemption/redemption.ts';
import type { Db, Engine } from '../engines/engine.ts';
import { type Placeholders, type PreparedQuery, prepare } from '../engines/prepared.ts';
import type { RedemptionRow } from '../tables.ts';

/** A customer, identified by a caller and its customer id. */
export interface CustomerOf {
  caller: string;
  customerId: string;
}

interface Account {
  provider: ProviderName;
  account: string;
}

type CustomerRow = Pick<RedemptionRow, 'promotion_id' | 'caller' | 'status' | 'held_until'>;

/** The maximum number of a customer's rows that are read. */
const MOST_ROWS = 100;

/** Reads the uses of a customer or a subscription, and when holds end. */
export class ActiveUses {
  readonly #engine: Engine;
  readonly #ofCustomer: PreparedQuery<{ customer_id: string; caller: string }, CustomerRow>;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#ofCustomer = prepare(engine, (db, value: Placeholders<{ customer_id: string; caller: string }>) => {
      const latest = db
        .selectFrom('redemptions')
        .select(['promotion_id', 'caller', 'status', 'held_until'])
        .where('customer_id', '=', value('customer_id'))
        .orderBy('created_at', 'desc')
        .orderBy('number', 'desc')
        .limit(sql.lit(MOST_ROWS));
      return db.selectFrom(latest.as('latest')).selectAll().where('caller', '=', value('caller'));
    });
  }

  /** Whether one of the customer's latest hundred uses, in any status, is of this caller. */
  async knows({ caller, customerId }: CustomerOf, db: Db = this.#engine.reads): Promise<boolean> {
    return (await this.#ofCustomer.first(db, { customer_id: customerId, caller })) !== undefined;
  }

  /**
   * The promotions that the customer holds or has redeemed with this caller, among the customer's latest hundred uses.
   */
  async promotionsUsedBy(
    { caller, customerId }: CustomerOf,
    now: Instant,
    db: Db = this.#engine.reads,
  ): Promise<string[]> {
    const rows = await this.#ofCustomer.all(db, { customer_id: customerId, caller });
    const active = rows.filter(
      ({ status, held_until: heldUntil }) =>
        (status === 'HELD' || status === 'REDEEMED') && !hasLapsed({ status, heldUntil }, now),
    );
    return [...new Set(active.map((row) => row.promotion_id))];
  }

  /**
   * When all of these holds will have ended, as far as the request may know; null: some of them have no end.
   * @param use the request that waits for them. A caller that may not read sees only the ends of its own holds
   */
  async releaseOf(
    awaited: readonly AwaitedHolds[],
    use: Pick<Use, 'customerId' | 'caller' | 'mayRead'>,
    now: Instant,
    db: Db = this.#engine.reads,
  ): Promise<Instant | null> {
    let last: Instant = now;
    for (const { promotionId, holds, whose } of awaited) {
      const ends = (column: 'promotion_id' | 'coupon_id') => {
        const held = db
          .selectFrom('redemptions')
          .select('held_until')
          .where(column, '=', promotionId)
          .where('status', '=', sql.lit<RedemptionStatus>('HELD'))
          .where('held_until', '>', now);
        const own = use.mayRead ? held : held.where('caller', '=', use.caller);
        return whose === 'CUSTOMER' ? own.where('customer_id', '=', use.customerId) : own;
      };
      // Without "or", so that each part uses its index.
      const nth = db
        .selectFrom(ends('promotion_id').unionAll(ends('coupon_id')).as('ends'))
        .select('held_until')
        .orderBy('held_until')
        .limit(1)
        .offset(holds - 1);
      const end = (await nth.executeTakeFirst())?.held_until ?? null;
      if (end === null) return null;
      last = Math.max(last, end);
    }
    return last;
  }

  /** The ledger id of the redemption that owns a use at the provider. */
  async ownerOf(account: Account, providerUseId: string, db: Db = this.#engine.reads): Promise<string | null> {
    const owner = await db
      .selectFrom('redemptions')
      .select('ledger_id')
      .where('provider', '=', account.provider)
      .where('account', '=', account.account)
      .where('provider_use_id', '=', providerUseId)
      .executeTakeFirst();
    return owner?.ledger_id ?? null;
  }

  /** The provider's ids of the uses on a subscription that redemptions own. */
  async ownedOn(subscriptionId: string, db: Db = this.#engine.reads): Promise<string[]> {
    const owned = await db
      .selectFrom('redemptions')
      .select('provider_use_id')
      .where('subscription_id', '=', subscriptionId)
      .where(sql<SqlBool>`provider_use_id is not null`)
      .execute();
    return owned.flatMap(({ provider_use_id: id }) => id ?? []);
  }
}
