import type { Instant, ProviderName } from '../../domain/promotion/promotion.ts';
import type { Db } from '../engines/engine.ts';
import type { RedemptionRow } from '../tables.ts';

/** How many rows one query reads. */
const PAGE_SIZE = 1000;

/** A row of the ledger, with the code, provider and account of its promotion. */
export type LedgerLine = RedemptionRow & { code: string | null; provider: ProviderName; account: string };

/** Filters by time of creation and of redemption. `since` and `redeemedSince` are inclusive, the others exclusive. */
export interface LedgerPeriod {
  since?: Instant;
  until?: Instant;
  redeemedSince?: Instant;
  redeemedUntil?: Instant;
}

/**
 * The ledger's rows in a period, oldest first. Redemptions of the period that were cancelled later are included.
 * @param db a snapshot, so that all pages show one state
 */
export async function* ledgerLines(db: Db, period: LedgerPeriod): AsyncGenerator<LedgerLine> {
  for (let last = 0, hasMore = true; hasMore; ) {
    const page = await linesAfter(db, last, period);
    yield* page;
    last = page.at(-1)?.number ?? last;
    hasMore = page.length === PAGE_SIZE;
  }
}

function linesAfter(db: Db, number: number, period: LedgerPeriod): Promise<LedgerLine[]> {
  const { since, until, redeemedSince, redeemedUntil } = period;
  return db
    .selectFrom('redemptions')
    .innerJoin('promotions', 'promotions.id', 'redemptions.promotion_id')
    .selectAll('redemptions')
    .select(['promotions.code', 'promotions.provider', 'promotions.account'])
    .where('redemptions.number', '>', number)
    .$if(since !== undefined, (query) => query.where('redemptions.created_at', '>=', since ?? 0))
    .$if(until !== undefined, (query) => query.where('redemptions.created_at', '<', until ?? 0))
    .$if(redeemedSince !== undefined, (query) => query.where('redemptions.redeemed_at', '>=', redeemedSince ?? 0))
    .$if(redeemedUntil !== undefined, (query) => query.where('redemptions.redeemed_at', '<', redeemedUntil ?? 0))
    .orderBy('redemptions.number')
    .limit(PAGE_SIZE)
    .execute();
}
