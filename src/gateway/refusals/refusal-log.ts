import { AsyncLocalStorage } from 'node:async_hooks';
import { LRUCache } from 'lru-cache';
import type { Instant } from '../../domain/promotion/promotion.ts';
import { RoundRobin } from '../../domain/queues/round-robin.ts';
import type { RecordedRefusal } from '../../domain/redemption/recorded-refusal.ts';
import { isHeldUp } from '../../store/engines/trouble.ts';
import { MOST_DELETED_REFUSALS } from '../../store/refusals.ts';
import type { Store } from '../../store/store.ts';
import { storeFailureOf } from '../core/store-failure.ts';

/** How long refusals are kept, and how many of one caller. */
export interface RefusalRules {
  keptMs: number;
  perCaller: number;
}

/** Told of what goes wrong, because no caller waits for it. */
interface RefusalLogObserver {
  reportBug: (error: unknown) => void;
  /** Gets a message for operators. */
  warn?: ((message: string) => void) | undefined;
}

/** How many refusals one transaction writes. More would keep other writes waiting. */
const LARGEST_BATCH = 200;
/** How long a refusal waits for others, so that they share one commit. */
const PAUSE_MS = 50;
const PAUSE_AFTER_FAILURE_MS = 1000;
/** How many refusals wait in memory at most. */
const MOST_WAITING = 20_000;
const MOST_WAITING_PER_CALLER = 2000;
/** A caller's surplus is deleted after at most so many new rows. */
const MOST_BETWEEN_TRIMS = 1000;
/** For how many callers the rows since the last trim are counted. Another caller's are trimmed at once. */
const MOST_COUNTED_CALLERS = 10_000;

/**
 * Records refusals for operators. They wait in memory, and are written behind the answers: a process that is killed
 * loses those of the last moment.
 */
export class RefusalLog {
  readonly #store: Pick<Store, 'refusals' | 'briefly'>;
  readonly #rules: RefusalRules;
  readonly #observer: RefusalLogObserver;
  /** Callers take turns: the many refusals of one do not delay those of another. */
  readonly #queue = new RoundRobin<RecordedRefusal>();
  readonly #waitingOf = new Map<string, number>();
  #waiting = 0;
  /** Taken from the queue and not written yet. */
  #batch: RecordedRefusal[] = [];
  #writing: Promise<boolean> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #lost = 0;
  /** By caller: the rows that were written since its last trim. */
  readonly #sinceTrim = new LRUCache<string, number>({ max: MOST_COUNTED_CALLERS });
  /** Batches belong to no request: neither to its trace nor to its deadline. */
  readonly #outsideRequests = AsyncLocalStorage.snapshot();

  constructor(store: Pick<Store, 'refusals' | 'briefly'>, rules: RefusalRules, observer: RefusalLogObserver) {
    this.#store = store;
    this.#rules = rules;
    this.#observer = observer;
  }

  /** Takes a refusal to be written soon. Never throws, and waits for nothing. */
  record(refusal: RecordedRefusal): void {
    const { caller } = refusal;
    const ofCaller = this.#waitingOf.get(caller) ?? 0;
    if (this.#waiting >= MOST_WAITING || ofCaller >= MOST_WAITING_PER_CALLER) {
      this.#lost += 1;
      return;
    }
    this.#waiting += 1;
    this.#waitingOf.set(caller, ofCaller + 1);
    this.#queue.add(caller, refusal);
    this.#schedule(PAUSE_MS);
  }

  /** Writes what waits now. Never throws: what cannot be written waits on. */
  async flush(): Promise<void> {
    // One more, because a batch may be under way.
    const batches = Math.ceil(this.#waiting / LARGEST_BATCH) + 1;
    for (let done = 0; done < batches && this.#hasWork(); done += 1) {
      if (!(await this.#writeBatch())) return;
    }
  }

  /** Deletes the refusals that have reached their maximum age. */
  async deleteOld(now: Instant, signal: AbortSignal): Promise<void> {
    const until = now - this.#rules.keptMs;
    let deleted = MOST_DELETED_REFUSALS;
    while (deleted >= MOST_DELETED_REFUSALS && !signal.aborted) {
      deleted = await this.#store.briefly((db) => this.#store.refusals.deleteOld(until, db));
    }
  }

  /** Writes what waits. Call it when no more refusals come. */
  async close(): Promise<void> {
    await this.flush();
    if (this.#timer) clearTimeout(this.#timer);
  }

  #hasWork(): boolean {
    return this.#writing !== null || this.#batch.length > 0 || !this.#queue.isEmpty;
  }

  #schedule(pauseMs: number): void {
    this.#timer ??= this.#outsideRequests(() => setTimeout(() => this.#writeAndGoOn(), pauseMs).unref());
  }

  async #writeAndGoOn(): Promise<void> {
    this.#timer = null;
    const isWritten = await this.#writeBatch();
    if (this.#hasWork()) this.#schedule(isWritten ? PAUSE_MS : PAUSE_AFTER_FAILURE_MS);
  }

  #writeBatch(): Promise<boolean> {
    this.#writing ??= this.#outsideRequests(() => this.#write()).finally(() => {
      this.#writing = null;
    });
    return this.#writing;
  }

  /** @returns false if the store could not write, so that the batch waits on */
  async #write(): Promise<boolean> {
    if (this.#batch.length === 0) this.#batch = this.#nextBatch();
    const batch = this.#batch;
    const callers = countByCaller(batch);
    const surplus = [...callers.keys()].filter((caller) => this.#isTrimDue(caller));
    try {
      await this.#store.briefly(async (db) => {
        await this.#store.refusals.addAll(batch, db);
        for (const caller of surplus) await this.#store.refusals.trim(caller, this.#rules.perCaller, db);
      });
    } catch (error) {
      // The store's own trouble passes. Anything else is a bug, and would keep all later refusals waiting.
      if (storeFailureOf(error) || isHeldUp(error)) return false;
      this.#observer.reportBug(error);
      this.#batch = [];
      return true;
    }
    this.#batch = [];
    for (const [caller, count] of callers) {
      this.#sinceTrim.set(caller, surplus.includes(caller) ? 0 : (this.#sinceTrim.get(caller) ?? 0) + count);
    }
    this.#reportLost();
    return true;
  }

  #nextBatch(): RecordedRefusal[] {
    const batch: RecordedRefusal[] = [];
    while (batch.length < LARGEST_BATCH) {
      const refusal = this.#queue.next();
      if (!refusal) break;
      batch.push(refusal);
    }
    this.#waiting -= batch.length;
    for (const [caller, count] of countByCaller(batch)) {
      const left = (this.#waitingOf.get(caller) ?? 0) - count;
      if (left > 0) this.#waitingOf.set(caller, left);
      else this.#waitingOf.delete(caller);
    }
    return batch;
  }

  /** True for a caller that has written a tenth of its rows since, or of which nothing is known. */
  #isTrimDue(caller: string): boolean {
    const since = this.#sinceTrim.get(caller);
    return since === undefined || since >= Math.min(this.#rules.perCaller / 10, MOST_BETWEEN_TRIMS);
  }

  #reportLost(): void {
    if (this.#lost === 0) return;
    this.#observer.warn?.(`${this.#lost} refusals were not recorded: there were more than the store could write`);
    this.#lost = 0;
  }
}

function countByCaller(refusals: readonly RecordedRefusal[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { caller } of refusals) counts.set(caller, (counts.get(caller) ?? 0) + 1);
  return counts;
}
