import { sql } from 'kysely';
import { z } from 'zod';
import type { RecordedChange } from '../../domain/promotion/recorded-change.ts';
import type { Db, Engine } from '../engines/engine.ts';
import { type Placeholders, type PreparedQuery, prepare } from '../engines/prepared.ts';
import { write } from '../engines/write.ts';
import type { PromotionHistoryRow } from '../tables.ts';

/** How many changes of one promotion are kept. */
export const MOST_CHANGES = 50;

const fields = z.array(z.object({ field: z.string(), before: z.string().nullable(), after: z.string().nullable() }));

/** Who changed promotions, and how. */
export class PromotionHistory {
  readonly #engine: Engine;
  readonly #byIds: PreparedQuery<{ ids: readonly string[] }, PromotionHistoryRow>;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#byIds = prepare(engine, (db, value: Placeholders<{ ids: readonly string[] }>) =>
      db
        .selectFrom('promotion_history')
        .selectAll()
        .where(engine.dialect.isAmong(sql.ref('promotion_id'), value('ids')))
        .orderBy('number', 'desc'),
    );
  }

  /** Adds a change, if it has fields. Deletes the promotion's oldest, except the newest {@link MOST_CHANGES}. */
  async add({ promotionId, at, kind, caller, requestId, fields }: RecordedChange, db?: Db): Promise<void> {
    if (fields.length === 0) return;
    await write(this.#engine, db, async (db) => {
      const row = {
        promotion_id: promotionId,
        at,
        kind,
        caller,
        request_id: requestId,
        fields: JSON.stringify(fields),
      };
      await db.insertInto('promotion_history').values(row).execute();
      const surplus = db
        .selectFrom('promotion_history')
        .select('number')
        .where('promotion_id', '=', promotionId)
        .orderBy('number', 'desc')
        .limit(MOST_CHANGES)
        .offset(MOST_CHANGES);
      await db.deleteFrom('promotion_history').where('number', 'in', surplus).execute();
    });
  }

  /** The changes of each promotion, newest first, in the order of the ids. */
  async ofEach(ids: readonly string[], db: Db = this.#engine.reads): Promise<RecordedChange[][]> {
    const found = Map.groupBy(await this.#byIds.all(db, { ids }), ({ promotion_id }) => promotion_id);
    return ids.map((id) => (found.get(id) ?? []).map(toChange));
  }
}

/** A change as stored. */
export function toChange(row: PromotionHistoryRow): RecordedChange {
  return {
    promotionId: row.promotion_id,
    at: row.at,
    kind: row.kind,
    caller: row.caller,
    requestId: row.request_id,
    fields: fields.parse(JSON.parse(row.fields)),
  };
}
