import { sql } from 'kysely';
import { z } from 'zod';
import type { Instant, ProviderName } from '../../domain/promotion/promotion.ts';
import type { ProviderEvent } from '../../domain/provider/webhook-delivery.ts';
import type { Database } from '../sqlite/database.ts';

/** How long handled events are stored. Providers repeat deliveries for days. */
const RETENTION_MS = 7 * 24 * 60 * 60 * 1000;

const ids = z.array(z.string());

/** Webhook events of providers, each stored once. */
export class ProviderEvents {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Records an event to handle. @returns false for a repeated delivery */
  add(provider: ProviderName, { id, planIds, subscriptionIds }: ProviderEvent, now: Instant): boolean {
    const added = this.#database.run(
      this.#database.build
        .insertInto('provider_events')
        .values({
          provider,
          event_id: id,
          plan_ids: JSON.stringify(planIds),
          subscription_ids: JSON.stringify(subscriptionIds),
          received_at: now,
        })
        .onConflict((conflict) => conflict.doNothing()),
    );
    return added > 0;
  }

  /** Events that are not handled yet, oldest first. */
  pending(): { provider: ProviderName; event: ProviderEvent }[] {
    const rows = this.#database.build.selectFrom('provider_events').selectAll().where('is_done', '=', sql.lit(0));
    return this.#database.rows(rows.orderBy('received_at').limit(100)).map((row) => ({
      provider: row.provider,
      event: {
        id: row.event_id,
        planIds: ids.parse(JSON.parse(row.plan_ids)),
        subscriptionIds: ids.parse(JSON.parse(row.subscription_ids)),
      },
    }));
  }

  /** The event is handled. */
  markDone(provider: ProviderName, { id }: ProviderEvent): void {
    this.#database.run(
      this.#database.build
        .updateTable('provider_events')
        .set({ is_done: 1 })
        .where('provider', '=', provider)
        .where('event_id', '=', id),
    );
  }

  /** Deletes old events that are handled. */
  deleteOld(now: Instant): void {
    this.#database.run(
      this.#database.build
        .deleteFrom('provider_events')
        .where('received_at', '<=', now - RETENTION_MS)
        .where('is_done', '=', 1),
    );
  }
}
