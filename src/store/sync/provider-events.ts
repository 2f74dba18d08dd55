import { sql } from 'kysely';
import { z } from 'zod';
import type { Instant, ProviderName } from '../../domain/promotion/promotion.ts';
import type { ProviderEvent } from '../../domain/provider/webhook-delivery.ts';
import type { Db, Engine } from '../engines/engine.ts';
import { write } from '../engines/write.ts';

/** How long handled events are stored. Providers repeat deliveries for days. */
const RETENTION_MS = 7 * 24 * 60 * 60 * 1000;

const ids = z.array(z.string());

/** Webhook events of providers, each stored once. */
export class ProviderEvents {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Records an event to handle. @returns false for a repeated delivery */
  add(
    provider: ProviderName,
    { id, planIds, subscriptionIds, promotionIds, couponIds }: ProviderEvent,
    now: Instant,
    db?: Db,
  ): Promise<boolean> {
    const event = {
      event_id: id,
      plan_ids: JSON.stringify(planIds),
      subscription_ids: JSON.stringify(subscriptionIds),
      promotion_ids: JSON.stringify(promotionIds),
      coupon_ids: JSON.stringify(couponIds),
    };
    return write(this.#engine, db, async (transaction) => {
      const { numInsertedOrUpdatedRows: added = 0n } = await transaction
        .insertInto('provider_events')
        .values({ provider, ...event, received_at: now })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirstOrThrow();
      return added > 0n;
    });
  }

  /** Events that are not handled yet, oldest first. */
  async pending(db: Db = this.#engine.reads): Promise<{ provider: ProviderName; event: ProviderEvent }[]> {
    const rows = await db
      .selectFrom('provider_events')
      .selectAll()
      .where('is_done', '=', sql.lit(0))
      .orderBy('received_at')
      .limit(100)
      .execute();
    return rows.map((row) => ({
      provider: row.provider,
      event: {
        id: row.event_id,
        planIds: ids.parse(JSON.parse(row.plan_ids)),
        subscriptionIds: ids.parse(JSON.parse(row.subscription_ids)),
        promotionIds: ids.parse(JSON.parse(row.promotion_ids)),
        couponIds: ids.parse(JSON.parse(row.coupon_ids)),
      },
    }));
  }

  /** The event is handled. @returns false if it was before */
  markDone(provider: ProviderName, { id }: Pick<ProviderEvent, 'id'>, db?: Db): Promise<boolean> {
    return write(this.#engine, db, async (transaction) => {
      const { numUpdatedRows: marked } = await transaction
        .updateTable('provider_events')
        .set({ is_done: 1 })
        .where('provider', '=', provider)
        .where('event_id', '=', id)
        .where('is_done', '=', 0)
        .executeTakeFirstOrThrow();
      return marked > 0n;
    });
  }

  /** Deletes old events that are handled. */
  deleteOld(now: Instant, db?: Db): Promise<void> {
    return write(this.#engine, db, async (transaction) => {
      await transaction
        .deleteFrom('provider_events')
        .where('received_at', '<=', now - RETENTION_MS)
        .where('is_done', '=', 1)
        .execute();
    });
  }
}
