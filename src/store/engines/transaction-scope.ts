import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Notices a transaction that begins inside another one. On SQLite it would wait for the outer one forever, and the
 * outer one for it. On PostgreSQL, many of them would together use up the pool and wait for a connection.
 */
export class TransactionScope {
  readonly #outer = new AsyncLocalStorage<{ isOpen: boolean }>();

  /** @throws inside of the `work` of another call that has not ended */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    this.assertOutside();
    const scope = { isOpen: true };
    try {
      return await this.#outer.run(scope, work);
    } finally {
      // What `work` has started and not awaited is no longer inside.
      scope.isOpen = false;
    }
  }

  /** @throws inside of the `work` of a call that has not ended */
  assertOutside(): void {
    if (this.#outer.getStore()?.isOpen) throw new Error('A transaction cannot begin inside another one');
  }
}
