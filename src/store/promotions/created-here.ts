import type { Database } from '../sqlite/database.ts';

/** Promotions that writes of this gateway created. Reconciliation never takes one for the result of another write. */
export class CreatedHere {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  add(promotionId: string): void {
    this.#database.run(
      this.#database.build
        .insertInto('made_here')
        .values({ promotion_id: promotionId })
        .onConflict((conflict) => conflict.doNothing()),
    );
  }

  has(promotionId: string): boolean {
    const made = this.#database.build.selectFrom('made_here').selectAll().where('promotion_id', '=', promotionId);
    return this.#database.row(made) !== undefined;
  }
}
