import type { ChangeCursor, ChangeListener, ChangeLog, Db } from '../engine.ts';
import { listenForChanges } from './change-listener.ts';
import { changesAfter, deleteOldChanges, latestPosition } from './postgres-changes.ts';

/** How long the commit of another process may be unknown to a cursor that is asked for news. */
const NEWS_BOUND_MS = 100;

/** The log of changes, with listeners that notifications wake. */
export class PostgresChangeLog implements ChangeLog {
  /** A process may end before it announces its changes, and a notification may be lost with its connection. */
  readonly pauseMs = 1000;
  readonly #db: Db;
  readonly #commits: () => number;
  readonly #directUrl: string;
  readonly #listeners = new Set<ChangeListener>();
  /** The snapshot of the last deletion by this process. */
  #lastDeletion: string | null = null;

  /**
   * @param directUrl for the connections of listeners
   * @param commits how many transactions this process has committed
   */
  constructor(db: Db, { directUrl, commits }: { directUrl: string; commits: () => number }) {
    this.#db = db;
    this.#commits = commits;
    this.#directUrl = directUrl;
  }

  async open(): Promise<ChangeCursor> {
    let commits = this.#commits();
    let readAt = performance.now();
    let position = await latestPosition(this.#db);
    let hasMore = false;
    return {
      // Others' commits are looked for from time to time: a notification may be lost, or its process may end before it.
      hasNews: () => {
        return hasMore || this.#commits() !== commits || performance.now() - readAt >= NEWS_BOUND_MS;
      },
      next: async (limit) => {
        const current = { commits: this.#commits(), readAt: performance.now() };
        const { position: next, ...read } = await changesAfter(this.#db, position, limit);
        position = next;
        ({ commits, readAt } = current);
        hasMore = read.hasMore;
        return read;
      },
    };
  }

  listen(onNews: () => void): ChangeListener {
    const connection = listenForChanges(this.#directUrl, onNews);
    const listener = {
      close: async () => {
        await connection.close();
        this.#listeners.delete(listener);
      },
    };
    this.#listeners.add(listener);
    return listener;
  }

  async deleteOld(db: Db, kept: number): Promise<void> {
    this.#lastDeletion = await deleteOldChanges(db, kept, this.#lastDeletion);
  }

  /** Ends the listeners that are left. */
  async close(): Promise<void> {
    await Promise.all([...this.#listeners].map((listener) => listener.close()));
  }
}
