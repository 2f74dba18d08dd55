import { sql } from 'kysely';
import type { Db, Engine } from '../engines/engine.ts';

/** Changes of promotions with an unknown outcome, and the later changes that overlapped them. */
export class PendingChanges {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /**
   * Records that a new change of the promotion overlaps its pending changes. Part of a transaction.
   * @param target the id of the promotion
   * @param id the id of the new change
   * @returns whether the promotion has pending changes
   */
  async follow(target: string, id: string, db: Db): Promise<boolean> {
    // Of two changes that are recorded at the same time, the second has to see the first.
    await this.#engine.dialect.lock(db, [`changes of ${target}`]);
    const earlier = db
      .selectFrom('intents')
      .select(['id', sql<string>`cast(${id} as text)`.as('later_id')])
      .where('target_id', '=', target)
      .where('id', '!=', id)
      .where('sent_at', 'is not', null);
    await db.insertInto('later_writes').columns(['intent_id', 'later_id']).expression(earlier).execute();
    const { numUpdatedRows: marked } = await db
      .updateTable('intents')
      .set({ is_overlapped: 1 })
      .where('target_id', '=', target)
      .where('id', '!=', id)
      .where('sent_at', 'is not', null)
      .executeTakeFirstOrThrow();
    return marked > 0n;
  }

  /** Whether another change of the same promotion was sent while the outcome of this one was unknown. */
  async hasLaterChange(id: string, db: Db = this.#engine.reads): Promise<boolean> {
    const later = db.selectFrom('later_writes').select('later_id').where('intent_id', '=', id);
    return (await later.executeTakeFirst()) !== undefined;
  }

  /** The outcome of a change is known. Part of a transaction. */
  async forget(id: string, db: Db): Promise<void> {
    await db.deleteFrom('later_writes').where('intent_id', '=', id).execute();
  }

  /** A change had no effect, so it overlapped none. Part of a transaction. */
  async undo(id: string, db: Db): Promise<void> {
    await this.forget(id, db);
    await db.deleteFrom('later_writes').where('later_id', '=', id).execute();
  }
}
