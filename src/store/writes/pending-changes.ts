import { sql } from 'kysely';
import type { Database } from '../sqlite/database.ts';

/** Changes of promotions with an unknown outcome, and the later changes that overlapped them. */
export class PendingChanges {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Records that a new change of the promotion overlaps its pending changes.
   * @param target the id of the promotion
   * @param id the id of the new change
   * @returns whether the promotion has pending changes
   */
  follow(target: string, id: string): boolean {
    const { build } = this.#database;
    const earlier = build
      .selectFrom('intents')
      .select(['id', sql<string>`${id}`.as('later_id')])
      .where('target_id', '=', target)
      .where('id', '!=', id)
      .where('sent_at', 'is not', null);
    this.#database.run(build.insertInto('later_writes').columns(['intent_id', 'later_id']).expression(earlier));
    const marked = this.#database.run(
      build
        .updateTable('intents')
        .set({ is_overlapped: 1 })
        .where('target_id', '=', target)
        .where('id', '!=', id)
        .where('sent_at', 'is not', null),
    );
    return marked > 0;
  }

  /** Whether another change of the same promotion was sent while the outcome of this one was unknown. */
  hasLaterChange(id: string): boolean {
    const later = this.#database.build.selectFrom('later_writes').select('later_id').where('intent_id', '=', id);
    return this.#database.row(later) !== undefined;
  }

  /** The outcome of a change is known. */
  forget(id: string): void {
    this.#database.run(this.#database.build.deleteFrom('later_writes').where('intent_id', '=', id));
  }

  /** A change had no effect, so it overlapped none. */
  undo(id: string): void {
    this.forget(id);
    this.#database.run(this.#database.build.deleteFrom('later_writes').where('later_id', '=', id));
  }
}
