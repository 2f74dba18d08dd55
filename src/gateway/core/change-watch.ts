import type { ChangeStream } from '../../store/sync/changes.ts';
import type { Gateway } from './gateway.ts';

/** How many pages of changes are read at a time. A watcher that is further behind has lost them. */
const MAX_PAGES = 10;

/** What has changed in the store, by any process. */
export interface SeenChanges {
  /** The ids of the promotions that have changed, or have been made. */
  promotions: ReadonlySet<string>;
  /** The normalized codes of those promotions, and their skeletons. */
  texts: ReadonlySet<string>;
  /** Anything may have changed besides. */
  hasLost: boolean;
}

/** What a watcher does with changes. */
interface Watcher {
  onChanges(seen: SeenChanges): void;
  /** Whether it uses the texts, which cost a query. */
  wantsTexts(): boolean;
}

/**
 * Watches the store for a reader that has to know, at certain moments, whether something has changed. Nothing runs
 * between these moments.
 */
export class ChangeWatch {
  readonly #gateway: Gateway;
  readonly #watcher: Watcher;
  /** Null until the first read. */
  #stream: ChangeStream | null = null;
  #running: Promise<void> | null = null;
  /** The read that begins when the running one has ended. */
  #following: Promise<void> | null = null;

  constructor(gateway: Gateway, watcher: Watcher) {
    this.#gateway = gateway;
    this.#watcher = watcher;
  }

  /** Whether the watcher has got every change: of this process, and of others with the delay that the store states. */
  get isCurrent(): boolean {
    return this.#stream !== null && this.#running === null && !this.#stream.hasNews();
  }

  /** Whether changes are being read. */
  get isReading(): boolean {
    return this.#running !== null;
  }

  /** Reads what has been committed before this call. @throws if the store cannot be read */
  catchUp(): Promise<void> {
    if (!this.#running) return this.#begin();
    // The read that runs may have begun too early. One more is enough for all who wait.
    this.#following ??= this.#beginAfter(this.#running);
    return this.#following;
  }

  #begin(): Promise<void> {
    this.#running = this.#read().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #beginAfter(running: Promise<void>): Promise<void> {
    await running.catch(() => {});
    this.#following = null;
    await this.#begin();
  }

  async #read(): Promise<void> {
    if (this.#stream === null) {
      this.#stream = await this.#gateway.store.changes.open();
      this.#watcher.onChanges({ promotions: new Set(), texts: new Set(), hasLost: true });
      return;
    }
    const promotions = new Set<string>();
    let seen: Awaited<ReturnType<ChangeStream['next']>> | null = null;
    try {
      for (let page = 0; page < MAX_PAGES && seen?.hasMore !== false; page += 1) {
        seen = await this.#stream.next();
        for (const { promotionId, redemption } of seen.changes) if (redemption === null) promotions.add(promotionId);
        if (seen.hasLost) break;
      }
      const isAsked = promotions.size > 0 && this.#watcher.wantsTexts();
      const texts = isAsked ? await this.#gateway.store.promotions.textsOf([...promotions]) : [];
      if (seen === null || seen.hasLost || seen.hasMore) this.#stream = null;
      this.#watcher.onChanges({ promotions, texts: new Set(texts), hasLost: this.#stream === null });
    } catch (error) {
      // The stream does not return the pages again that were read.
      this.#stream = null;
      throw error;
    }
  }
}
