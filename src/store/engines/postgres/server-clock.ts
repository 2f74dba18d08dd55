import { sql } from 'kysely';
import type { Instant } from '../../../domain/promotion/promotion.ts';
import { type LocalClock, steadily } from '../clock.ts';
import type { Db } from '../engine.ts';

/**
 * The server's time between two measurements, so that all machines agree about when a lease or a hold ends. The time that
 * has passed since a measurement is measured by this machine.
 */
export class ServerClock {
  readonly #local: LocalClock;
  /** The server's time minus the elapsed time of this machine; null before the first measurement. */
  #offset: number | null = null;
  /** The server's time, or before the first measurement that of this machine. */
  readonly now: () => Instant;

  constructor(local: LocalClock) {
    this.#local = local;
    this.now = steadily(() => {
      return this.#offset === null ? local.now() : Math.round(this.#offset + local.elapsed());
    });
  }

  /** Asks for the server's time. Best on a connection that is open already: the longer it takes, the less it tells. */
  async measure(db: Db): Promise<void> {
    const sent = this.#local.elapsed();
    const time = sql<{ at: number }>`select extract(epoch from clock_timestamp()) * 1000 as at`;
    const { at } = (await time.execute(db)).rows[0] ?? {};
    const received = this.#local.elapsed();
    if (at === undefined) return;
    // The server answered at a moment in between.
    const [least, most] = [at - received, at - sent];
    // An offset that this measurement does not contradict stays, so that the clock does not waver.
    this.#offset = Math.min(Math.max(this.#offset ?? (least + most) / 2, least), most);
  }
}
