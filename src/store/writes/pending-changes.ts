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
    const earlier = await db
      .updateTable('intents')
      .set({ is_overlapped: 1 })
      .where('target_id', '=', target)
      .where('id', '!=', id)
      .where('sent_at', 'is not', null)
      .returning('id')
      .execute();
    // Only those that the update has found: it waits for the end of a change that is being recorded.
    for (const { id: intent_id } of earlier) {
      await db.insertInto('later_writes').values({ intent_id, later_id: id }).execute();
    }
    return earlier.length > 0;
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
