import type { ChangeCursor, ChangeListener, ChangeLog, Db } from '../engine.ts';
import { listenForChanges } from './change-listener.ts';
import { changesAfter, deleteOldChanges, latestPosition } from './postgres-changes.ts';

/** The log of changes, with listeners that notifications wake. */
export class PostgresChangeLog implements ChangeLog {
  /** A process may end before it announces its changes, and a notification may be lost with its connection. */
  readonly pauseMs = 1000;
  readonly #db: Db;
  readonly #directUrl: string;
  readonly #listeners = new Set<ChangeListener>();
  /** The snapshot of the last deletion by this process. */
  #lastDeletion: string | null = null;

  /** @param directUrl for the connections of listeners */
  constructor(db: Db, directUrl: string) {
    this.#db = db;
    this.#directUrl = directUrl;
  }

  async open(): Promise<ChangeCursor> {
    let position = await latestPosition(this.#db);
    return {
      next: async (limit) => {
        const { position: next, ...read } = await changesAfter(this.#db, position, limit);
        position = next;
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
