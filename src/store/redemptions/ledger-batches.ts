import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate } from 'node:timers/promises';
import type { LedgerCommand } from '../../domain/ledger/command.ts';
import { decideBatch } from '../../domain/ledger/decide.ts';
import type { Instant } from '../../domain/promotion/promotion.ts';
import { inSpan } from '../../telemetry/span.ts';
import type { Db, Engine } from '../engines/engine.ts';
import { isHeldUp, troubleOf } from '../engines/trouble.ts';
import type { LedgerChangesSaver } from './ledger-changes.ts';
import type { LedgerFactsLoader } from './ledger-facts.ts';

/** The maximum number of commands in one transaction. More would keep other processes waiting for too long. */
const LARGEST_BATCH = 256;

/** How long the parts of a failed batch run again. Meanwhile, all later commands wait. */
const LONGEST_REPAIR_MS = 3000;

/** Completes the answer to a command in the transaction of its batch, after the changes of the batch were saved. */
export type Complete<Answer, Result> = (db: Db, answer: Answer) => Promise<Result>;

interface QueuedCommand {
  command: LedgerCommand<unknown>;
  now: Instant;
  /** Completes the answer. @returns what passes it to the caller, after the commit */
  complete(db: Db): Promise<() => void>;
  fail(error: unknown): void;
}

/**
 * Decides commands in batches. Whatever arrives while a batch is being committed forms the next one, so many commands
 * share one commit, which is the expensive part. No command is answered before it.
 */
export class LedgerBatches {
  readonly #engine: Engine;
  readonly #loader: LedgerFactsLoader;
  readonly #saver: LedgerChangesSaver;
  readonly #waiting: QueuedCommand[] = [];
  /** Batches belong to no request: neither to its trace nor to its deadline. */
  readonly #outsideRequests = AsyncLocalStorage.snapshot();
  #running: Promise<void> | null = null;

  constructor(engine: Engine, loader: LedgerFactsLoader, saver: LedgerChangesSaver) {
    this.#engine = engine;
    this.#loader = loader;
    this.#saver = saver;
  }

  /**
   * Runs a command in the next batch. Settles after the commit, or when the command or its transaction fails.
   * @throws when it is called inside a transaction: it could wait for the batch forever. See {@link runIn}
   */
  run<Answer, Result>(
    command: LedgerCommand<Answer>,
    now: Instant,
    complete: Complete<Answer, Result>,
  ): Promise<Result> {
    return inSpan('store commit', {}, () => {
      return new Promise<Result>((resolve, reject) => {
        this.#engine.assertOutside();
        this.#waiting.push(queued(command, now, { complete, resolve, reject }));
        this.#running ??= this.#outsideRequests(() => this.#runBatches());
      });
    });
  }

  /** Runs a command in the caller's transaction. */
  runIn<Answer>(db: Db, command: LedgerCommand<Answer>, now: Instant): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const complete = async (_: Db, answer: Answer) => answer;
      const pass = (passes: (() => void)[]) => {
        for (const each of passes) each();
      };
      this.#decide(db, [queued(command, now, { complete, resolve, reject })]).then(pass, reject);
    });
  }

  /** Resolves when no command waits or runs. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #runBatches(): Promise<void> {
    // The commands of one turn of the event loop belong together.
    await setImmediate();
    while (this.#waiting.length > 0) await this.#runBatch();
    this.#running = null;
  }

  async #runBatch(): Promise<void> {
    let batch: QueuedCommand[] = [];
    try {
      const passes = await this.#engine.transaction((db) => {
        // As late as possible. A transaction that runs again has its batch already.
        if (batch.length === 0) batch = this.#waiting.splice(0, LARGEST_BATCH);
        return this.#decide(db, batch);
      });
      for (const pass of passes) pass();
    } catch (error) {
      if (batch.length === 0) batch = this.#waiting.splice(0, LARGEST_BATCH);
      await this.#afterFailure(batch, error);
    }
  }

  /**
   * A bug in one command must not fail the others, and neither must a lock that one of them waits for. So the halves of
   * the batch run again, then the halves of those that fail. Commands for the same promotion stay together, because they
   * need the same lock. If the store itself is in trouble, all fail at once.
   */
  async #afterFailure(batch: readonly QueuedCommand[], error: unknown): Promise<void> {
    if (batch.length === 1 || this.#isOfStore(error)) return failAll(batch, error);
    const giveUpAt = performance.now() + LONGEST_REPAIR_MS;
    const parts = halvesOf(batch.toSorted(byPromotion));
    for (let part = parts.shift(); part; part = parts.shift()) {
      const commands = part;
      const decide = (db: Db) => this.#decide(db, commands);
      try {
        if (performance.now() >= giveUpAt) throw error;
        // Those that wait for a lock have waited long already.
        const passes = await (isHeldUp(error) ? this.#engine.briefly(decide) : this.#engine.transaction(decide));
        for (const pass of passes) pass();
      } catch (itsError) {
        const isFinal = part.length === 1 || itsError === error || this.#isOfStore(itsError);
        if (isFinal) failAll(part, itsError);
        else parts.push(...halvesOf(part));
      }
    }
  }

  /** Whether any command would fail now. */
  #isOfStore(error: unknown): boolean {
    return !isHeldUp(error) && (troubleOf(error) !== null || this.#engine.trouble() !== null);
  }

  /** Loads the facts, decides and saves. @returns what passes the answers to the callers, after the commit */
  async #decide(db: Db, batch: readonly QueuedCommand[]): Promise<(() => void)[]> {
    const now = Math.max(...batch.map((one) => one.now));
    const commands = batch.map(({ command }) => command);
    const needs = commands.map((command) => command.needs);
    const facts = await this.#loader.load(db, needs, now, { lock: true });
    const { outcomes, changes } = decideBatch(facts, commands, now);
    await this.#saver.save(db, changes);
    const passes: (() => void)[] = [];
    for (const [index, { complete, fail }] of batch.entries()) {
      const outcome = outcomes[index];
      if (outcome?.kind === 'FAILED') passes.push(() => fail(outcome.error));
      else passes.push(await complete(db));
    }
    return passes;
  }
}

function failAll(commands: readonly QueuedCommand[], error: unknown): void {
  for (const { fail } of commands) fail(error);
}

function halvesOf(commands: readonly QueuedCommand[]): (readonly QueuedCommand[])[] {
  const middle = Math.ceil(commands.length / 2);
  return [commands.slice(0, middle), commands.slice(middle)];
}

function byPromotion({ command: one }: QueuedCommand, { command: other }: QueuedCommand): number {
  const [left, right] = [one, other].map(({ needs }) => needs.use?.promotionId ?? needs.ledgerId ?? '');
  return (left ?? '').localeCompare(right ?? '');
}

function queued<Answer, Result>(
  { needs, decide }: LedgerCommand<Answer>,
  now: Instant,
  caller: { complete: Complete<Answer, Result>; resolve(result: Result): void; reject(error: unknown): void },
): QueuedCommand {
  let decided: { answer: Answer } | null = null;
  const command: LedgerCommand<void> = {
    needs,
    decide: (state) => {
      const { answer, ...changes } = decide(state);
      decided = { answer };
      return { ...changes, answer: undefined };
    },
  };
  const complete = async (db: Db) => {
    if (decided === null) throw new Error('The command has not been decided');
    const result = await caller.complete(db, decided.answer);
    return () => caller.resolve(result);
  };
  return { command, now, complete, fail: caller.reject };
}
