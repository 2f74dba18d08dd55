import type { Database } from '../sqlite/database.ts';

/** What writes of this gateway have made, so that it is not taken for what another write may have made. */
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
