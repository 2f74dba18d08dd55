import type { Change, Changes } from '../../store/sync/changes.ts';
import { ChangeFollower, type FoundChanges } from './change-follower.ts';
import { type ChangeReader, Topic } from './topic.ts';

/** A change with its local number. */
type NumberedChange = Change & { number: number };

/**
 * Reads the changes that any process makes in the store, once for all listeners, and adds each to the topics that it
 * concerns. A change without listeners costs two or three look-ups in memory. Numbers count what this process has read.
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
  readonly #tickListeners = new Set<() => void>();
  /** While there are readers. */
  #follower: ChangeFollower | null = null;
  /** The number of the last change that was read, or lost. */
  #number = 0;
  #isClosed = false;

  constructor(changes: Changes) {
    this.#changes = changes;
  }

  /** True after {@link close}. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The number of the newest change, of any process. Those that are committed after it resolves have larger numbers. */
  async latest(): Promise<number> {
    if (!this.#isClosed) await this.#follower?.readOn();
    return this.#number;
  }

  /** Calls a listener from time to time, and when the feed is closed. */
  onTick(listener: () => void): void {
    this.#tickListeners.add(listener);
  }

  /**
   * Opens a reader of the redemptions that change. Gets every change that is committed after it resolves, and perhaps
   * some that were made just before.
   * @param promotionId of this promo code, or of this coupon and its codes; null: of all
   * @param onNews called when there is something to read
   */
  redemptions(promotionId: string | null, onNews: () => void): Promise<ChangeReader> {
    const drop = () => this.#drop(() => this.#redemptions.delete(promotionId));
    return this.#open(topicOf(this.#redemptions, promotionId, drop), onNews);
  }

  /**
   * Opens a reader of the changes of a promo code and of its coupon, from the same moment on.
   * @param couponId null: the code has no coupon, or it is not known yet (see {@link noteCoupon})
   * @param onNews called when there is something to read
   */
  promoCode(id: string, couponId: string | null, onNews: () => void): Promise<ChangeReader> {
    const drop = () =>
      this.#drop(() => {
        this.#promoCodes.delete(id);
        this.#forgetCoupon(id);
      });
    const topic = topicOf(this.#promoCodes, id, drop);
    if (couponId !== null) this.noteCoupon(id, couponId);
    return this.#open(topic, onNews);
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
    for (const listener of this.#tickListeners) listener();
  }

  /**
   * The topic gets a reader before the store is read, and so keeps all changes that the feed reads afterwards. The
   * reader skips those that were read before it was opened, because a later read of the objects shows them.
   */
  async #open(topic: Topic, onNews: () => void): Promise<ChangeReader> {
    const reader = topic.open(0, onNews);
    try {
      if (!this.#isClosed) await this.#follow();
      reader.skipTo(this.#number);
      return reader;
    } catch (error) {
      reader.close();
      throw error;
    }
  }

  /** Reads what has changed up to now. Begins to follow the store, unless the feed does already. */
  async #follow(): Promise<void> {
    if (this.#follower) return this.#follower.readOn();
    // The numbers go on. The changes before its start are of no interest to anybody.
    const follower = new ChangeFollower(this.#changes, {
      onTick: () => this.#tick(),
      onRead: (found) => this.#hand(found),
    });
    this.#follower = follower;
    try {
      await follower.start();
    } catch (error) {
      follower.stop();
      if (this.#follower === follower) this.#follower = null;
      throw error;
    }
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
    this.#follower?.stop();
    this.#follower = null;
  }

  #tick(): void {
    for (const listener of this.#tickListeners) listener();
    for (const topic of this.#pending) if (topic.trim()) this.#pending.delete(topic);
  }

  #hand({ changes, hasLost }: FoundChanges): void {
    if (hasLost) this.#lose();
    const numbered = changes.map((change) => {
      this.#number += 1;
      return { ...change, number: this.#number };
    });
    this.#handRedemptions(numbered);
    this.#handPromotions(numbered);
    for (const topic of this.#pending) topic.announce();
  }

  #handRedemptions(changes: readonly NumberedChange[]): void {
    for (const { number, promotionId, redemption } of changes) {
      if (!redemption) continue;
      for (const of of new Set([null, promotionId, redemption.couponId ?? promotionId])) {
        this.#add(this.#redemptions.get(of), { number, id: redemption.id, promotionId });
      }
    }
  }

  #handPromotions(changes: readonly NumberedChange[]): void {
    // Only the last change of each promotion: a coupon that changes with each use may have thousands of listeners.
    const last = new Map<string, number>();
    for (const { number, promotionId, redemption, isHidden } of changes) {
      if (redemption || isHidden) continue;
      last.delete(promotionId);
      last.set(promotionId, number);
    }
    for (const [promotionId, number] of last) {
      for (const id of [promotionId, ...(this.#codesOfCoupon.get(promotionId) ?? [])]) {
        this.#add(this.#promoCodes.get(id), { number, id, promotionId: id });
      }
    }
  }

  #add(topic: Topic | undefined, change: Parameters<Topic['add']>[0]): void {
    if (!topic) return;
    topic.add(change);
    this.#pending.add(topic);
  }

  #lose(): void {
    this.#number += 1;
    for (const topic of [...this.#redemptions.values(), ...this.#promoCodes.values()]) {
      topic.lose(this.#number);
      this.#pending.add(topic);
    }
  }
}

function topicOf<Key>(topics: Map<Key, Topic>, key: Key, onEmpty: () => void): Topic {
  const topic = topics.get(key) ?? new Topic(onEmpty);
  topics.set(key, topic);
  return topic;
}
