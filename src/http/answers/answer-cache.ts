import { LRUCache } from 'lru-cache';
import type { Instant } from '../../domain/promotion/promotion.ts';
import { ChangeWatch, type SeenChanges } from '../../gateway/core/change-watch.ts';
import type { Gateway } from '../../gateway/core/gateway.ts';
import type { AnswerBasis } from '../../graphql/shared/caching.ts';
import type { AnsweredField } from '../../telemetry/request-log.ts';
import { AnswerIndex } from './answer-index.ts';
import type { Lifetime } from './lifetime.ts';

/** How long an answer is kept at most, whatever it depends on. */
const LONGEST_MS = 5 * 60 * 1000;

/** How long a request waits for the store's changes, if the store does not answer. */
const PATIENCE_MS = 1000;

/** The estimated memory of an answer besides its bytes, and of each thing that it depends on. */
const BYTES_PER_ANSWER = 1000;
const BYTES_PER_DEPENDENCY = 200;

/** An answer as it is sent. */
export interface Answer {
  /** Names and values in turn, without those that differ from request to request. */
  headers: readonly string[];
  /** A text, unless it is compressed: Node sends a text together with the headers. */
  body: string | Buffer;
  /** In bytes. */
  length: number;
  etag: string | null;
  lifetime: Lifetime;
  at: Instant;
  /** The operation's name as it is logged; null: it has none. */
  operation: string | null;
  /** What became of its root fields, for the metrics. */
  fields: readonly AnsweredField[];
  basis: AnswerBasis;
}

interface StoredAnswer extends Answer {
  key: string;
  until: Instant;
}

/**
 * Answers to queries by their keys, as long as an execution would give the same. An answer is dropped when something has
 * changed that it depends on, by whatever process, and when its time is over. Bounded by its memory: drops what was not
 * used for the longest time.
 */
export class AnswerCache {
  readonly #clock: () => Instant;
  readonly #watch: ChangeWatch;
  readonly #answers: LRUCache<string, StoredAnswer>;
  readonly #index = new AnswerIndex<StoredAnswer>();
  /** Whether the last look at the store failed, or takes too long. */
  #isStoreSilent = false;

  constructor(gateway: Gateway, maxBytes: number) {
    this.#clock = gateway.clock;
    this.#watch = new ChangeWatch(gateway, {
      onChanges: (seen) => this.#drop(seen),
      wantsTexts: () => this.#index.hasTexts,
    });
    this.#answers = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: sizeOf,
      dispose: (answer) => this.#index.remove(answer, answer.basis),
    });
  }

  /** The memory of all answers, estimated. */
  get bytes(): number {
    return this.#answers.calculatedSize;
  }

  get count(): number {
    return this.#answers.size;
  }

  /** The moment at which an answer begins, for {@link store}. */
  get now(): number {
    return this.#index.now;
  }

  /** Whether all changes are known. If not, {@link catchUp} first, and {@link get} only if it succeeds. */
  get isCurrent(): boolean {
    return this.#watch.isCurrent;
  }

  /**
   * Takes note of all changes up to this call. Does not wait long for a store that does not answer, and then not at all
   * until it has answered again.
   * @returns whether all changes are known
   */
  catchUp(): Promise<boolean> {
    if (!this.#isStoreSilent) return this.#lookPatiently();
    if (!this.#watch.isReading) void this.#look();
    return Promise.resolve(false);
  }

  /** How old an answer is, in milliseconds. */
  ageOf({ at }: Answer): number {
    return this.#clock() - at;
  }

  get(key: string): Answer | undefined {
    const answer = this.#answers.get(key);
    if (!answer) return undefined;
    const now = this.#clock();
    // An answer from the future: the clock was set back.
    if (answer.at <= now && now < answer.until) return answer;
    this.#answers.delete(key);
    return undefined;
  }

  /**
   * Stores an answer, unless it is known that something has changed since it was begun. A change that is not known yet
   * drops the answer as soon as it is, and nobody gets an answer before.
   * @param begun the moment before the store was first read for it
   */
  store(key: string, answer: Answer, begun: number): void {
    if (this.#index.mayHaveChanged(answer.basis, begun)) return;
    const stored = { ...answer, key, until: Math.min(answer.basis.until, answer.at + LONGEST_MS) };
    this.#answers.set(key, stored);
    // A larger one is not kept.
    if (this.#answers.peek(key) === stored) this.#index.add(stored, stored.basis);
  }

  #lookPatiently(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#isStoreSilent = true;
        resolve(false);
      }, PATIENCE_MS);
      void this.#look().then((isKnown) => {
        clearTimeout(timer);
        resolve(isKnown);
      });
    });
  }

  async #look(): Promise<boolean> {
    try {
      await this.#watch.catchUp();
      this.#isStoreSilent = false;
      return true;
    } catch {
      // The store cannot be read. The execution says so, or does without it.
      this.#isStoreSilent = true;
      return false;
    }
  }

  #drop({ hasLost, ...changes }: SeenChanges): void {
    for (const { key } of this.#index.note(changes)) this.#answers.delete(key);
    if (!hasLost) return;
    this.#index.noteAll();
    this.#answers.clear();
  }
}

function sizeOf({ headers, length, basis }: StoredAnswer, key: string): number {
  const dependencies = basis.promotions.size + basis.texts.size + basis.lists.size;
  const texts = key.length + headers.reduce((sum, text) => sum + text.length, 0);
  return length + 2 * texts + dependencies * BYTES_PER_DEPENDENCY + BYTES_PER_ANSWER;
}
