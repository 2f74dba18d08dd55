import type { Change, ChangeStream, Changes } from '../../store/sync/changes.ts';

/** How many pages of changes are read at a time; the next time reads the rest. */
const MAX_PAGES = 10;
/** The pause before a read that follows another one or a notification: one read for many commits. */
const SHORT_PAUSE_MS = 20;

/** What one read has found. */
export interface FoundChanges {
  changes: readonly Change[];
  /** True if the store has deleted changes before they were read. */
  hasLost: boolean;
}

interface Follow {
  /** Called from time to time, even while the store does not answer. */
  onTick(): void;
  onRead(found: FoundChanges): void;
}

/** Follows the changes of the store from its start on: reads from time to time, and when the store has news. */
export class ChangeFollower {
  readonly #changes: Changes;
  readonly #follow: Follow;
  #starting: Promise<void> | null = null;
  /** Null until it has started. */
  #stream: ChangeStream | null = null;
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Timeout | undefined;
  #listener: { close(): Promise<void> } | null = null;
  #running: Promise<void> | null = null;
  /** The read that begins when the running one has ended. */
  #following: Promise<void> | null = null;
  #isStopped = false;

  constructor(changes: Changes, follow: Follow) {
    this.#changes = changes;
    this.#follow = follow;
  }

  /** Begins. No change is missed that is committed later. @throws if the store cannot be read; then stop it */
  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /**
   * Reads what has been committed before this call, unless that is very much. A change that is committed until it
   * resolves may be read or not.
   * @throws if the store cannot be read
   */
  readOn(): Promise<void> {
    if (!this.#stream) return this.start();
    if (!this.#running) return this.#begin(this.#stream);
    // The read that runs may have begun too early. One more is enough for all who wait.
    this.#following ??= this.#readAfter(this.#stream, this.#running);
    return this.#following;
  }

  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#timer);
    clearTimeout(this.#soon);
    void this.#listener?.close();
  }

  #tick(): void {
    this.#follow.onTick();
    this.#tryToRead();
  }

  /** If the store cannot be read now, a later read finds the changes. */
  #tryToRead(): void {
    this.readOn().catch(() => {});
  }

  #readSoon(): void {
    if (this.#isStopped) return;
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      this.#tryToRead();
    }, SHORT_PAUSE_MS);
  }

  async #start(): Promise<void> {
    this.#stream = await this.#changes.open();
    if (this.#isStopped) return;
    this.#timer = setInterval(() => this.#tick(), this.#changes.pauseMs);
    this.#listener = this.#changes.listen(() => this.#readSoon());
  }

  #begin(stream: ChangeStream): Promise<void> {
    this.#running = this.#read(stream);
    return this.#running;
  }

  async #readAfter(stream: ChangeStream, running: Promise<void>): Promise<void> {
    await running.catch(() => {});
    this.#following = null;
    return this.#begin(stream);
  }

  async #read(stream: ChangeStream): Promise<void> {
    const found: { changes: Change[]; hasLost: boolean } = { changes: [], hasLost: false };
    try {
      const hasMore = await this.#gather(stream, found);
      if (hasMore) this.#readSoon();
    } finally {
      // Here, because the stream does not return them again, even if a later page has failed.
      if (!this.#isStopped) this.#follow.onRead(found);
      if (!this.#following) this.#running = null;
    }
  }

  /** @returns whether there is more to read */
  async #gather(stream: ChangeStream, found: { changes: Change[]; hasLost: boolean }): Promise<boolean> {
    for (let page = 0; page < MAX_PAGES && !this.#isStopped; page += 1) {
      const { changes, hasLost, hasMore } = await stream.next();
      found.changes.push(...changes);
      found.hasLost ||= hasLost;
      if (!hasMore) return false;
    }
    return true;
  }
}
