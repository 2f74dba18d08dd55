import { keyText, type LedgerFacts, type LedgerNeeds, type Transaction } from '../../domain/ledger/facts.ts';
import type { IdempotencyKey, KnownKey } from '../../domain/ledger/idempotency-key.ts';
import { isForFirst } from '../../domain/ledger/judged-use.ts';
import type { LedgerUse } from '../../domain/ledger/ledger-use.ts';
import type { Use } from '../../domain/ledger/requests.ts';
import { parseRedemptionId } from '../../domain/promotion/identity.ts';
import type { Instant, Promotion } from '../../domain/promotion/promotion.ts';
import type { Db, Engine, Pair } from '../engines/engine.ts';
import type { CountReadings } from '../promotions/count-readings.ts';
import type { Promotions } from '../promotions/promotions.ts';
import type { IdempotencyKeys } from '../writes/idempotency-keys.ts';
import { UseQueries } from './use-queries.ts';

/** The parts of the store that the ledger's facts come from. */
export interface FactSources {
  promotions: Promotions;
  readings: CountReadings;
  idempotencyKeys: IdempotencyKeys;
}

/**
 * Loads what a batch of commands has to know, each kind of fact with one query for all of them.
 */
export class LedgerFactsLoader {
  readonly #engine: Engine;
  readonly #sources: FactSources;
  readonly #uses: UseQueries;
  readonly #ofOrder: (order: Pair) => Promise<LedgerUse[]>;

  constructor(engine: Engine, sources: FactSources) {
    this.#engine = engine;
    this.#sources = sources;
    this.#uses = new UseQueries(engine);
    this.#ofOrder = engine.gathered(async (orders) => {
      const uses = await this.#uses.find(engine.reads, [], orders);
      return orders.map(([caller, id]) => uses.filter((use) => use.caller === caller && use.orderId === id));
    });
  }

  /**
   * @param lock in a transaction that changes what it reads: first locks the keys, the orders and the customers whose holds
   *   are limited, then the promotions in the order of their ids, then the customers with a first transaction. So two
   *   batches never wait for each other
   */
  async load(db: Db, needs: readonly LedgerNeeds[], now: Instant, { lock }: { lock: boolean }): Promise<LedgerFacts> {
    const requests = needs.flatMap(({ use }) => use ?? []);
    const repriced = needs.flatMap(({ ledgerId, usesOfSameOrder }) => (usesOfSameOrder && ledgerId) || []);
    const orders = [
      ...requests.flatMap(({ caller, order }): Pair[] => (order.id === null ? [] : [[caller, order.id]])),
      ...(await this.#uses.ordersOf(db, repriced)),
    ];
    const ownKeys = needs.flatMap(({ call, lease }): IdempotencyKey[] => [call ?? [], lease ?? []].flat());
    if (lock) {
      const holders = limitedHolds(needs).map(({ caller, customerId }) => ['holds', caller, customerId]);
      const texts = [...orders.map((order) => ['order', ...order]), ...holders].map((one) => JSON.stringify(one));
      await this.#engine.dialect.lock(db, [...ownKeys.map(keyText), ...texts]);
    }

    const keys = await this.#sources.idempotencyKeys.known(ownKeys, db, { lock });
    const ledgerIds = [...(await this.#namedUses(db, needs, now)), ...keys.flatMap(resultOf)];
    const settled = await this.#uses.promotionsOf(db, ledgerIds);
    const promotions = await this.#promotionsOf(db, [...requests.map((use) => use.promotionId), ...settled], now, lock);

    // Only now: what the locked promotions limit cannot change any more.
    const uses = await this.#uses.find(db, ledgerIds, orders);
    const facts = { promotions, uses, keys: keys.map((known) => withResult(known, uses)) };
    const mayCount = needs.some((need) => need.mayCount);
    return {
      ...facts,
      ...(await this.#customerFacts(db, needs, { promotions, now, lock })),
      counts: mayCount ? await this.#sources.readings.countsOf([...new Set(settled)], db) : [],
      numbers: await this.#numbers(db, needs),
    };
  }

  /** The active uses of an order, oldest first. */
  async usesOfOrder({ caller, order: { id } }: Pick<Use, 'caller' | 'order'>): Promise<LedgerUse[]> {
    return id === null ? [] : this.#ofOrder([caller, id]);
  }

  /** The ledger ids of the uses that the commands change. */
  async #namedUses(db: Db, needs: readonly LedgerNeeds[], now: Instant): Promise<string[]> {
    const named = needs.flatMap(({ ledgerId }) => ledgerId ?? []);
    return needs.some(({ lapsedHolds }) => lapsedHolds) ? [...named, ...(await this.#uses.lapsed(db, now))] : named;
  }

  async #promotionsOf(db: Db, ids: readonly string[], now: Instant, lock: boolean): Promise<Promotion[]> {
    if (ids.length === 0) return [];
    return this.#sources.promotions.withCoupons([...new Set(ids)], now, db, { lock });
  }

  /** What the customers of the requests have used, as far as a limit or a condition of a promotion asks for it. */
  async #customerFacts(
    db: Db,
    needs: readonly LedgerNeeds[],
    { promotions, now, lock }: { promotions: readonly Promotion[]; now: Instant; lock: boolean },
  ) {
    const byId = new Map(promotions.map((promotion) => [promotion.id, promotion]));
    const promotionOf = ({ promotionId }: Use) => byId.get(promotionId);
    const requests = needs.flatMap(({ use }) => use ?? []);
    const pairs = requests.flatMap((use) => limitedPair(use, promotionOf(use)));
    const firsts = requests.flatMap((use) => firstOf(use, promotionOf(use)));
    // Another promotion of the account can be the first transaction, too.
    if (lock) {
      const texts = firsts.map(({ customer, provider, account }) => ['first', customer, provider, account]);
      await this.#engine.dialect.lock(
        db,
        texts.map((one) => JSON.stringify(one)),
      );
    }
    const transactions: Transaction[] = [];
    for (const first of firsts) transactions.push(...(await this.#uses.transactions(db, first)));
    return {
      customerUses: await this.#uses.ofCustomers(db, pairs, now),
      openHolds: await this.#uses.openHolds(db, limitedHolds(needs)),
      transactions,
    };
  }

  /**
   * A number for each command, if one of them needs one. Drawn last, when the promotions are locked: the numbers of a
   * promotion's uses then rise in the order of the commits.
   */
  async #numbers(db: Db, needs: readonly LedgerNeeds[]): Promise<number[]> {
    if (!needs.some(({ mode, mayCount }) => mode?.as === 'HELD' || mayCount)) return [];
    return this.#engine.dialect.nextNumbers(db, needs.length);
  }
}

/** The ledger id of the use that a key returns. */
function resultOf({ record: { resultId } }: KnownKey): string[] {
  const ledgerId = resultId === null ? null : parseRedemptionId(resultId);
  return ledgerId === null ? [] : [ledgerId];
}

function withResult(known: KnownKey, uses: readonly LedgerUse[]): KnownKey {
  const [ledgerId] = resultOf(known);
  const use = ledgerId === undefined ? undefined : uses.find((one) => one.ledgerId === ledgerId);
  return use ? { ...known, resultPromotionId: use.promotionId } : known;
}

/** The customer and the promotion, if it has a limit per customer. */
function limitedPair({ customerId, promotionId }: Use, promotion: Promotion | undefined): Pair[] {
  const isLimited = promotion?.kind === 'PromoCode' && promotion.perCustomerLimit !== null;
  return customerId !== null && isLimited ? [[customerId, promotionId]] : [];
}

/** The holds that a customer may have a limited number of. */
function limitedHolds(needs: readonly LedgerNeeds[]): Use[] {
  return needs.flatMap(({ use, mode }) => (use && mode?.as === 'HELD' && mode.mostOpen !== undefined ? [use] : []));
}

/** The customer and the account, if the promotion is for the customer's first transaction there. */
function firstOf({ customerId }: Use, promotion: Promotion | undefined) {
  if (customerId === null || !promotion || !isForFirst(promotion)) return [];
  const { provider, account } = promotion;
  return [{ customer: customerId, provider, account }];
}
