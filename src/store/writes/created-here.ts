import type { Db, Engine } from '../engines/engine.ts';
import { write } from '../engines/write.ts';

/** Promotions that writes of this gateway created. Reconciliation never takes one for the result of another write. */
export class CreatedHere {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  add(promotionId: string, db?: Db): Promise<void> {
    return write(this.#engine, db, async (transaction) => {
      await transaction
        .insertInto('made_here')
        .values({ promotion_id: promotionId })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    });
  }

  async has(promotionId: string, db: Db = this.#engine.reads): Promise<boolean> {
    const made = db.selectFrom('made_here').selectAll().where('promotion_id', '=', promotionId);
    return (await made.executeTakeFirst()) !== undefined;
  }
}
