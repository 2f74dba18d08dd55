import { redemptionId } from '../domain/promotion/identity.ts';
import type { Db } from '../store/engines/engine.ts';
import { type HistoryLine, historyLines } from '../store/history/history-lines.ts';
import { type LedgerLine, type LedgerPeriod, ledgerLines } from '../store/redemptions/ledger-lines.ts';

type Cell = string | number | null;

/** A table that can be exported: its columns, and its rows in a period, oldest first. */
export interface ExportedTable {
  header: string[];
  records(db: Db, period: LedgerPeriod): AsyncGenerator<Cell[]>;
}

const REDEMPTION_COLUMNS: Record<string, (line: LedgerLine) => Cell> = {
  id: ({ ledger_id }) => redemptionId(ledger_id),
  status: ({ status }) => status,
  provider: ({ provider }) => provider,
  account: ({ account }) => account,
  code: ({ code }) => code,
  promotionId: ({ promotion_id }) => promotion_id,
  customerId: ({ customer_id }) => customer_id,
  orderId: ({ order_id }) => order_id,
  orderMinorUnits: ({ order_minor }) => order_minor,
  orderCurrency: ({ order_currency }) => order_currency,
  discountMinorUnits: ({ discount_minor }) => discount_minor,
  discountCurrency: ({ discount_currency }) => discount_currency,
  subscriptionId: ({ subscription_id }) => subscription_id,
  countedByProvider: ({ counted_sequence }) => (counted_sequence === null ? 'no' : 'yes'),
  cancelReason: ({ cancel_reason }) => cancel_reason,
  createdAt: ({ created_at }) => instant(created_at),
  redeemedAt: ({ redeemed_at }) => instant(redeemed_at),
  cancelledAt: ({ cancelled_at }) => instant(cancelled_at),
  caller: ({ caller }) => caller,
};

/** One row for each field of a change. */
const HISTORY_COLUMNS: Record<string, (line: HistoryLine) => Cell> = {
  promotionId: ({ promotionId }) => promotionId,
  provider: ({ provider }) => provider,
  account: ({ account }) => account,
  code: ({ code }) => code,
  name: ({ name }) => name,
  at: ({ at }) => instant(at),
  kind: ({ kind }) => kind,
  caller: ({ caller }) => caller,
  requestId: ({ requestId }) => requestId,
  field: ({ field }) => field,
  before: ({ before }) => before,
  after: ({ after }) => after,
};

export const EXPORTED_TABLES = {
  redemptions: tableOf(REDEMPTION_COLUMNS, ledgerLines),
  history: tableOf(HISTORY_COLUMNS, historyLines),
};

function tableOf<Line>(
  columns: Record<string, (line: Line) => Cell>,
  lines: (db: Db, period: LedgerPeriod) => AsyncGenerator<Line>,
): ExportedTable {
  return {
    header: Object.keys(columns),
    records: async function* (db, period) {
      for await (const line of lines(db, period)) yield Object.values(columns).map((column) => column(line));
    },
  };
}

function instant(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString();
}
