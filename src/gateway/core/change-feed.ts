import type { Change, Changes } from '../../store/sync/changes.ts';
import { type ChangeReader, Topic } from './topic.ts';

/** How often the store is read for new changes, in milliseconds. */
const INTERVAL_MS = 100;
/** How many pages of changes are read at a time; the next time reads the rest. */
const MAX_PAGES = 10;

/**
 * Reads the changes that any process makes in the store, once for all listeners, and adds each to the topics that it
 * concerns. A change without listeners costs two or three look-ups in memory.
 */
export class ChangeFeed {
  readonly #changes: Changes;
  /** By the id of the promo code or coupon; null: all redemptions. */
  readonly #redemptions = new Map<string | null, Topic>();
  readonly #promoCodes = new Map<string, Topic>();
  /** The ids of the promo codes in #promoCodes that have a coupon, and the other way round. */
  readonly #codesOfCoupon = new Map<string, Set<string>>();
  readonly #couponOf = new Map<string, string>();
  /** Topics with changes that some reader has not read. */
  readonly #pending = new Set<Topic>();
  readonly #lookListeners = new Set<() => void>();
  #position = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(changes: Changes) {
    this.#changes = changes;
  }

  /** True after {@link close}. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The number of the newest change, of any process. */
  latest(): number {
    return this.#changes.latest();
  }

  /** Calls a listener before each read of the store, and when the feed is closed. */
  onLook(listener: () => void): void {
    this.#lookListeners.add(listener);
  }

  /**
   * Opens a reader of the redemptions that change after this call.
   * @param promotionId of this promo code, or of this coupon and its codes; null: of all
   * @param onNews called when there is something to read
   */
  redemptions(promotionId: string | null, onNews: () => void): ChangeReader {
    const latest = this.#start();
    const drop = () => this.#drop(() => this.#redemptions.delete(promotionId));
    return topicOf(this.#redemptions, promotionId, drop).open(latest, onNews);
  }

  /**
   * Opens a reader of the changes of a promo code and of its coupon after this call.
   * @param couponId null: the code has no coupon, or it is not known yet (see {@link noteCoupon})
   * @param onNews called when there is something to read
   */
  promoCode(id: string, couponId: string | null, onNews: () => void): ChangeReader {
    const latest = this.#start();
    const drop = () =>
      this.#drop(() => {
        this.#promoCodes.delete(id);
        this.#forgetCoupon(id);
      });
    const topic = topicOf(this.#promoCodes, id, drop);
    if (couponId !== null) this.noteCoupon(id, couponId);
    return topic.open(latest, onNews);
  }

  /** Also announces changes of a coupon to the listeners of one of its promo codes. */
  noteCoupon(promoCodeId: string, couponId: string): void {
    if (this.#couponOf.has(promoCodeId) || !this.#promoCodes.has(promoCodeId)) return;
    this.#couponOf.set(promoCodeId, couponId);
    const codes = this.#codesOfCoupon.get(couponId) ?? new Set();
    this.#codesOfCoupon.set(couponId, codes.add(promoCodeId));
  }

  close(): void {
    this.#isClosed = true;
    this.#stop();
    for (const listener of this.#lookListeners) listener();
  }

  /** Starts the timer unless it runs. Returns the number of the newest change. */
  #start(): number {
    const latest = this.#changes.latest();
    if (this.#timer === undefined && !this.#isClosed) {
      this.#position = latest;
      this.#timer = setInterval(() => this.#look(), INTERVAL_MS);
    }
    return latest;
  }

  #drop(remove: () => void): void {
    remove();
    if (this.#redemptions.size + this.#promoCodes.size === 0) this.#stop();
  }

  #forgetCoupon(promoCodeId: string): void {
    const couponId = this.#couponOf.get(promoCodeId) ?? '';
    this.#couponOf.delete(promoCodeId);
    const codes = this.#codesOfCoupon.get(couponId);
    if (codes?.delete(promoCodeId) && codes.size === 0) this.#codesOfCoupon.delete(couponId);
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    for (const listener of this.#lookListeners) listener();
    for (const topic of this.#pending) if (topic.trim()) this.#pending.delete(topic);
    const changes = this.#readOn();
    this.#handRedemptions(changes);
    this.#handPromotions(changes);
    for (const topic of this.#pending) topic.announce();
  }

  #handRedemptions(changes: readonly Change[]): void {
    for (const { number, promotionId, redemption } of changes) {
      if (!redemption) continue;
      for (const of of new Set([null, promotionId, redemption.couponId ?? promotionId])) {
        this.#add(this.#redemptions.get(of), { number, id: redemption.id, promotionId });
      }
    }
  }

  #handPromotions(changes: readonly Change[]): void {
    // Only the last change of each promotion: a coupon that changes with each use may have thousands of listeners.
    const last = new Map<string, number>();
    for (const { number, promotionId, redemption } of changes) {
      if (redemption) continue;
      last.delete(promotionId);
      last.set(promotionId, number);
    }
    for (const [promotionId, number] of last) {
      for (const id of [promotionId, ...(this.#codesOfCoupon.get(promotionId) ?? [])]) {
        this.#add(this.#promoCodes.get(id), { number, id, promotionId: id });
      }
    }
  }

  #readOn(): Change[] {
    const read: Change[] = [];
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const changes = this.#next();
      const [first] = changes;
      if (!first) break;
      // Numbers have no gaps, so the store has deleted the changes in between: it keeps a bounded number.
      if (first.number > this.#position + 1) this.#loseUpTo(first.number - 1);
      this.#position = changes.at(-1)?.number ?? this.#position;
      read.push(...changes);
    }
    return read;
  }

  /** If the store cannot be read now, the next read finds these changes. */
  #next(): Change[] {
    try {
      return this.#changes.after(this.#position);
    } catch {
      return [];
    }
  }

  #add(topic: Topic | undefined, change: Parameters<Topic['add']>[0]): void {
    if (!topic) return;
    topic.add(change);
    this.#pending.add(topic);
  }

  #loseUpTo(number: number): void {
    for (const topic of [...this.#redemptions.values(), ...this.#promoCodes.values()]) {
      topic.lose(number);
      this.#pending.add(topic);
    }
  }
}

function topicOf<Key>(topics: Map<Key, Topic>, key: Key, onEmpty: () => void): Topic {
  const topic = topics.get(key) ?? new Topic(onEmpty);
  topics.set(key, topic);
  return topic;
}
