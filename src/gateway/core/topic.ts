/** A redemption or promo code that has changed. */
export interface ChangedThing {
  /** The number of the change, in the order of the commits. */
  number: number;
  id: string;
  /** The promo code, or the promotion of the redemption: its account decides who may see the change. */
  promotionId: string;
}

/** How many changes are kept. A slower reader loses some. */
const CAPACITY = 1000;

/**
 * The changes of one subject, stored once for all readers until every reader has read them. A later change of a thing
 * replaces an earlier one that a reader has not read, because readers take the current state from the store.
 */
export class Topic {
  /** Ascending by number. */
  readonly #changes: ChangedThing[] = [];
  /** The number of the latest change of each thing. */
  readonly #latest = new Map<string, number>();
  readonly #readers = new Set<ChangeReader>();
  readonly #onEmpty: () => void;
  #lostUpTo = 0;
  #hasNews = false;

  /** @param onEmpty called when the last reader is closed */
  constructor(onEmpty: () => void) {
    this.#onEmpty = onEmpty;
  }

  /** Opens a reader of the changes after the one with a number. */
  open(after: number, onNews: () => void): ChangeReader {
    const reader = new ChangeReader(this, after, onNews);
    this.#readers.add(reader);
    return reader;
  }

  close(reader: ChangeReader): void {
    if (this.#readers.delete(reader) && this.#readers.size === 0) this.#onEmpty();
  }

  add(change: ChangedThing): void {
    this.#hasNews = true;
    this.#changes.push(change);
    this.#latest.set(change.id, change.number);
    if (this.#changes.length > CAPACITY) this.#makeRoom();
  }

  /** Marks the changes up to a number as lost for readers that have not read them. */
  lose(number: number): void {
    this.#hasNews = true;
    this.#lostUpTo = number;
    this.#forget(number);
  }

  /** Notifies the readers if there are changes since the last time. */
  announce(): void {
    if (!this.#hasNews) return;
    this.#hasNews = false;
    for (const reader of this.#readers) reader.onNews();
  }

  /** Forgets the changes that every reader has read. Returns true if none is left. */
  trim(): boolean {
    let passed = Number.POSITIVE_INFINITY;
    for (const { position } of this.#readers) passed = Math.min(passed, position);
    this.#forget(passed);
    return this.#changes.length === 0;
  }

  hasLost(position: number): boolean {
    return position < this.#lostUpTo;
  }

  /** The first change after a position that no later change of the same thing has replaced. */
  after(position: number): ChangedThing | null {
    for (let index = this.#indexAfter(position); index < this.#changes.length; index += 1) {
      const change = this.#changes[index];
      if (change && this.#latest.get(change.id) === change.number) return change;
    }
    return null;
  }

  #makeRoom(): void {
    const current = this.#changes.filter(({ id, number }) => this.#latest.get(id) === number);
    this.#changes.splice(0, this.#changes.length, ...current);
    // Drops a quarter: otherwise each further change would have to make room again.
    const oldest = this.#changes[this.#changes.length - (CAPACITY * 3) / 4];
    if (oldest) this.lose(oldest.number);
  }

  #forget(upTo: number): void {
    for (const { id, number } of this.#changes.splice(0, this.#indexAfter(upTo))) {
      if (this.#latest.get(id) === number) this.#latest.delete(id);
    }
  }

  #indexAfter(position: number): number {
    let [low, high] = [0, this.#changes.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#changes[middle]?.number ?? 0) > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** Reads the changes of a topic after a position. */
export class ChangeReader {
  readonly onNews: () => void;
  readonly #topic: Topic;
  #position: number;

  constructor(topic: Topic, position: number, onNews: () => void) {
    this.#topic = topic;
    this.#position = position;
    this.onNews = onNews;
  }

  /** Does not read the changes up to a number. */
  skipTo(number: number): void {
    this.#position = Math.max(this.#position, number);
  }

  /** The number of the last change that was read. */
  get position(): number {
    return this.#position;
  }

  get hasNext(): boolean {
    return this.#topic.after(this.#position) !== null;
  }

  /** True once changes have been dropped before they were read. */
  get hasLost(): boolean {
    return this.#topic.hasLost(this.#position);
  }

  next(): ChangedThing | null {
    const change = this.#topic.after(this.#position);
    if (change) this.#position = change.number;
    return change;
  }

  close(): void {
    this.#topic.close(this);
  }
}
