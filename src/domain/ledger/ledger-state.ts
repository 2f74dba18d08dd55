import type { Coupon, Instant, Promotion, ProviderName } from '../promotion/promotion.ts';
import { keyText, type LedgerFacts, type PromotionCounts } from './facts.ts';
import type { IdempotencyKey, KeyRecord, KnownKey } from './idempotency-key.ts';
import { hasLapsed, isActive, isUncounted, type LedgerUse } from './ledger-use.ts';
import { countedBy } from './provider-counts.ts';

/** How the stored counters of a promotion change. */
export interface CounterChange {
  held: number;
  uncounted: number;
}

/** What a batch changes. */
export interface LedgerChanges {
  /** In the order in which they were taken. */
  newUses: readonly LedgerUse[];
  changedUses: readonly LedgerUse[];
  /** By promotion id. */
  counters: ReadonlyMap<string, CounterChange>;
  counts: readonly PromotionCounts[];
  keys: readonly KeyRecord[];
}

/**
 * The state of a batch while its commands are decided one after another. It begins with the stored facts, and each
 * decision changes it. All counters follow from the uses: a command only says what becomes of a use.
 */
export class LedgerState {
  readonly now: Instant;
  /** The sequence number of the current command. */
  number = 0;
  readonly #stored: ReadonlyMap<string, LedgerUse>;
  readonly #uses = new Map<string, LedgerUse>();
  readonly #changed = new Set<string>();
  readonly #ofOrder = new Map<string, Set<string>>();
  readonly #promotions = new Map<string, Promotion>();
  readonly #counters = new Map<string, CounterChange>();
  readonly #counts = new Map<string, PromotionCounts>();
  readonly #recounted = new Set<string>();
  readonly #customerUses = new Map<string, number>();
  readonly #keys = new Map<string, KnownKey>();
  readonly #changedKeys = new Map<string, KeyRecord>();
  readonly #facts: LedgerFacts;

  constructor(facts: LedgerFacts, now: Instant) {
    this.#facts = facts;
    this.now = now;
    this.#stored = new Map(facts.uses.map((use) => [use.ledgerId, use]));
    for (const use of facts.uses) this.#index(use);
    for (const promotion of facts.promotions) this.#promotions.set(promotion.id, promotion);
    for (const counts of facts.counts) this.#counts.set(counts.promotionId, counts);
    for (const { customerId, promotionId, uses } of facts.customerUses) {
      this.#customerUses.set(pairText(customerId, promotionId), uses);
    }
    for (const known of facts.keys) this.#keys.set(keyText(known.record), known);
  }

  promotion(id: string): Promotion | undefined {
    return this.#promotions.get(id);
  }

  coupon(id: string): Coupon | undefined {
    const promotion = this.#promotions.get(id);
    return promotion?.kind === 'Coupon' ? promotion : undefined;
  }

  use(ledgerId: string): LedgerUse | undefined {
    return this.#uses.get(ledgerId);
  }

  key(key: IdempotencyKey): KnownKey | undefined {
    return this.#keys.get(keyText(key));
  }

  /** The active uses of an order, newest first. */
  usesOfOrder(caller: string, orderId: string): LedgerUse[] {
    const uses = [...(this.#ofOrder.get(pairText(caller, orderId)) ?? [])].flatMap((id) => this.#uses.get(id) ?? []);
    return uses.filter((use) => isActive(use, this.now)).reverse();
  }

  /** How many active uses of a promotion a customer has. */
  customerUses(customerId: string, promotionId: string): number {
    return this.#customerUses.get(pairText(customerId, promotionId)) ?? 0;
  }

  /** When each open hold of a caller's customer ends, earliest first. `customerId: null`: the caller's guests. */
  holdEnds(caller: string, customerId: string | null): Instant[] {
    const isTheirs = (one: { caller: string; customerId: string | null }) =>
      one.caller === caller && one.customerId === customerId;
    const stored = this.#facts.openHolds.filter((hold) => isTheirs(hold) && !this.#changed.has(hold.ledgerId));
    const changed = this.#changedUses().filter((use) => isTheirs(use) && use.status === 'HELD');
    const ends = [...stored.map(({ until }) => until), ...changed.flatMap(({ heldUntil }) => heldUntil ?? [])];
    return ends.filter((end) => end > this.now).sort((one, other) => one - other);
  }

  /** Whether a customer has redeemed a promotion of this account for another order. */
  hasTransacted(
    customerId: string,
    { provider, account }: { provider: ProviderName; account: string },
    order: { caller: string; id: string | null },
  ): boolean {
    const stored = this.#facts.transactions.filter(({ ledgerId }) => !this.#changed.has(ledgerId));
    const changed = this.#changedUses().filter(({ status }) => status === 'REDEEMED');
    return [...stored, ...changed].some(
      (use) =>
        use.customerId === customerId &&
        use.provider === provider &&
        use.account === account &&
        (use.orderId === null || use.orderId !== order.id || use.caller !== order.caller),
    );
  }

  /**
   * Ends the stored holds whose time is over. Not those of promotions that the batch does not know, as an order may have
   * some: the promotion is not locked, so another process may be changing the hold.
   */
  releaseLapsed(): void {
    for (const use of this.#facts.uses) {
      if (hasLapsed(use, this.now) && this.#promotions.has(use.promotionId)) this.put({ ...use, status: 'EXPIRED' });
    }
  }

  /** The holds that this batch has released. */
  released(): LedgerUse[] {
    return this.#changedUses().filter(({ status }) => status === 'EXPIRED');
  }

  /** Records what becomes of a use, or a new one. The counters of its promotion and coupon follow. */
  put(use: LedgerUse): void {
    const before = this.#uses.get(use.ledgerId);
    this.#changed.add(use.ledgerId);
    this.#index(use);
    const [was, is] = [before && isActive(before, this.now) ? before : null, isActive(use, this.now) ? use : null];
    if (was) this.#countForCustomer(was, -1);
    if (is) this.#countForCustomer(is, 1);
    const change = {
      held: Number(use.status === 'HELD') - Number(before?.status === 'HELD'),
      uncounted: Number(isUncounted(use)) - Number(before !== undefined && isUncounted(before)),
    };
    const held = Number(is?.status === 'HELD') - Number(was?.status === 'HELD');
    for (const id of promotionsOf(use)) this.#countFor(id, change, held);
    if (use.countedNumber !== null && (before?.countedNumber ?? null) === null) this.#countAtProvider(use);
  }

  /** Records that the call of a key has had its effect on a use of a promotion. */
  completeKey(record: KeyRecord, promotionId: string): void {
    this.#changedKeys.set(keyText(record), record);
    this.#keys.set(keyText(record), { record, resultPromotionId: promotionId, pendingWrites: [] });
  }

  /** What has changed since the stored facts. */
  changes(): LedgerChanges {
    const changed = this.#changedUses();
    return {
      newUses: changed.filter(({ ledgerId }) => !this.#stored.has(ledgerId)),
      changedUses: changed.filter(({ ledgerId }) => this.#stored.has(ledgerId)),
      counters: this.#counters,
      counts: [...this.#recounted].flatMap((id) => this.#counts.get(id) ?? []),
      keys: [...this.#changedKeys.values()],
    };
  }

  #index(use: LedgerUse): void {
    this.#uses.set(use.ledgerId, use);
    if (use.orderId === null) return;
    const order = pairText(use.caller, use.orderId);
    const uses = this.#ofOrder.get(order) ?? new Set();
    this.#ofOrder.set(order, uses.add(use.ledgerId));
  }

  #changedUses(): LedgerUse[] {
    return [...this.#changed].flatMap((id) => this.#uses.get(id) ?? []);
  }

  #countForCustomer({ customerId, promotionId }: LedgerUse, by: number): void {
    if (customerId === null) return;
    const pair = pairText(customerId, promotionId);
    this.#customerUses.set(pair, (this.#customerUses.get(pair) ?? 0) + by);
  }

  /** @param held by how much the open holds change: a hold that has ended is none, although its counter still counts it */
  #countFor(id: string, change: CounterChange, held: number): void {
    if (change.held !== 0 || change.uncounted !== 0) {
      const counter = this.#counters.get(id) ?? { held: 0, uncounted: 0 };
      this.#counters.set(id, { held: counter.held + change.held, uncounted: counter.uncounted + change.uncounted });
    }
    this.#recount(id, { held, redeemed: change.uncounted });
  }

  #countAtProvider(use: LedgerUse): void {
    for (const id of promotionsOf(use)) {
      const counts = this.#counts.get(id);
      if (!counts) continue;
      const changed = this.#changedUses().filter((one) => promotionsOf(one).includes(id));
      const counted = countedBy(counts, use, changed);
      this.#counts.set(id, counted.counts);
      this.#recounted.add(id);
      this.#recount(id, { held: 0, redeemed: counted.rise });
    }
  }

  #recount(id: string, { held, redeemed }: { held: number; redeemed: number }): void {
    const promotion = this.#promotions.get(id);
    if (!promotion || (held === 0 && redeemed === 0)) return;
    const { heldCount, redeemedCount } = promotion;
    this.#promotions.set(id, {
      ...promotion,
      heldCount: heldCount + held,
      redeemedCount: redeemedCount + redeemed,
    });
  }
}

/** The promotion of a use, and its coupon. The use counts against the limits of both. */
function promotionsOf({ promotionId, couponId }: LedgerUse): string[] {
  return couponId === null ? [promotionId] : [promotionId, couponId];
}

function pairText(one: string, other: string): string {
  return JSON.stringify([one, other]);
}
