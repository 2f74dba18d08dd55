import { redemptionId } from '../../domain/promotion/identity.ts';
import type { ChangeListener, ChangesRead, Db, Engine } from '../engines/engine.ts';
import { write } from '../engines/write.ts';

/** A change, made by any process. The new state is in the store. */
export interface Change {
  promotionId: string;
  /** The redemption that changed, and the coupon of its promo code; null: the promotion itself changed. */
  redemption: { id: string; couponId: string | null } | null;
  /** Clients do not see what has changed of the promotion: its provider has to be asked again, for example. */
  isHidden: boolean;
}

/** The next changes of a reader. */
export interface NextChanges {
  changes: Change[];
  /** True if changes before these were deleted before the reader came to them. */
  hasLost: boolean;
  /** True if there may be more changes. Nothing will wake the reader for them. */
  hasMore: boolean;
}

/** Reads the changes one after another. One read at a time. */
export interface ChangeStream {
  /** Reads on. If it fails, the next call reads the same changes. */
  next(): Promise<NextChanges>;
  /** Whether there may be changes that were not read. See {@link ChangeCursor.hasNews}. */
  hasNews(): boolean;
}

/** How many changes are kept. A reader that lags by more has missed some. */
const KEPT_CHANGES = 10_000;
/** How many changes one read returns. */
const PAGE_SIZE = 100;

/** The latest changes. Triggers of the database record each one in its own transaction. */
export class Changes {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** How often to read, if nothing wakes the reader, in milliseconds. */
  get pauseMs(): number {
    return this.#engine.changeLog.pauseMs;
  }

  /** Reads the changes after this call. May also return some that were made just before. */
  async open(): Promise<ChangeStream> {
    const cursor = await this.#engine.changeLog.open();
    return {
      hasNews: () => cursor.hasNews(),
      next: async () => {
        const { changes, ...state } = await cursor.next(PAGE_SIZE);
        return { changes: changes.map(changeOf), ...state };
      },
    };
  }

  /** Calls a function when there may be changes, if the database can tell. Read from time to time as well. */
  listen(onNews: () => void): ChangeListener {
    return this.#engine.changeLog.listen(onNews);
  }

  /** Deletes old changes. */
  deleteOld(db?: Db): Promise<void> {
    return write(this.#engine, db, (transaction) => this.#engine.changeLog.deleteOld(transaction, KEPT_CHANGES));
  }
}

function changeOf(row: ChangesRead['changes'][number]): Change {
  const { promotion_id: promotionId, coupon_id: couponId, ledger_id: ledgerId } = row;
  const redemption = ledgerId === null ? null : { id: redemptionId(ledgerId), couponId };
  return { promotionId, redemption, isHidden: row.is_hidden === 1 };
}
