import { setTimeout } from 'node:timers/promises';
import { type PostgresConnections, UsedConnection } from './postgres-connections.ts';

/** The channel of the notifications. */
export const CHANNEL = 'promo_gateway_changes';

/** How long the commits of a process gather for one notification. */
const GATHERING_MS = 10;

/**
 * Wakes the listeners of all processes after commits. Not in the transaction of the change, as a trigger would: the server
 * lets only one transaction with a notification commit at a time, sync to the disk included. With six writers that
 * halved the commits. If the process ends before the notification, readers find the change when they read again.
 */
export class ChangeAnnouncer {
  readonly #connections: PostgresConnections;
  #isDue = false;
  #running: Promise<void> | null = null;

  constructor(connections: PostgresConnections) {
    this.#connections = connections;
  }

  announce(): void {
    this.#isDue = true;
    this.#running ??= this.#run();
  }

  /** Waits until everything is announced. */
  async end(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#isDue) {
      await setTimeout(GATHERING_MS);
      this.#isDue = false;
      // A server that cannot be reached has lost its listeners too. They read when they are back.
      await this.#notify().catch(() => {});
    }
    this.#running = null;
  }

  async #notify(): Promise<void> {
    const connection = new UsedConnection(await this.#connections.acquire());
    try {
      await connection.query(`NOTIFY ${CHANNEL}`);
    } finally {
      connection.release();
    }
  }
}
