import type { Instant, ProviderName } from '../../domain/promotion/promotion.ts';
import type { ChangedField, RecordedChange } from '../../domain/promotion/recorded-change.ts';
import type { Db } from '../engines/engine.ts';
import { toChange } from './promotion-history.ts';

/** How many changes one query reads. */
const PAGE_SIZE = 1000;

/** A field that a change has set, with the promotion that was changed. `code` is null for a coupon. */
export interface HistoryLine extends Omit<RecordedChange, 'fields'>, ChangedField {
  provider: ProviderName;
  account: string;
  code: string | null;
  name: string | null;
}

/**
 * The kept history of all promotions in a period, oldest first.
 * @param db a snapshot, so that all pages show one state
 * @param period `since` is inclusive, `until` exclusive
 */
export async function* historyLines(
  db: Db,
  { since = 0, until = Number.MAX_SAFE_INTEGER }: { since?: Instant; until?: Instant },
): AsyncGenerator<HistoryLine> {
  for (let last = 0, hasMore = true; hasMore; ) {
    const page = await db
      .selectFrom('promotion_history')
      .innerJoin('promotions', 'promotions.id', 'promotion_history.promotion_id')
      .selectAll('promotion_history')
      .select(['promotions.provider', 'promotions.account', 'promotions.code', 'promotions.name'])
      .where('promotion_history.number', '>', last)
      .where('promotion_history.at', '>=', since)
      .where('promotion_history.at', '<', until)
      .orderBy('promotion_history.number')
      .limit(PAGE_SIZE)
      .execute();
    for (const row of page) {
      const { fields, ...change } = toChange(row);
      const { provider, account, code, name } = row;
      for (const field of fields) yield { ...change, ...field, provider, account, code, name };
    }
    last = page.at(-1)?.number ?? last;
    hasMore = page.length === PAGE_SIZE;
  }
}
