/* `npm run export -- redemptions --since …`: the ledger as CSV, for people who count. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { stringify } from 'csv-stringify';
import { z } from 'zod';
import { ConfigError, readConfig } from '../config/config.ts';
import { readEnv } from '../config/env.ts';
import { redemptionId } from '../domain/promotion/identity.ts';
import { type LedgerLine, type LedgerPeriod, ledgerLines } from '../store/sqlite/snapshot.ts';
import { toCell } from './spreadsheet-cell.ts';

const USAGE = `npm run --silent export -- redemptions [OPTIONS] > FILE

Writes redemptions, oldest first, as CSV. Amounts are in the smallest unit of their currency. An INSTANT is 2026-01-31, or
2026-01-31T12:00:00Z; several options add up. No spreadsheet finds a formula, whether it splits at commas, semicolons or tabs:
where a value, or a part of it behind a comma, semicolon, tab or line break, begins with = + - or @ (behind blanks, quotation
marks, apostrophes and invisible characters, or none), an apostrophe stands before that part. Take it away to get the value back.

--since INSTANT             made from then on
--until INSTANT             made before then
--redeemed-since INSTANT    redeemed from then on, cancelled since or not
--redeemed-until INSTANT    redeemed before then, cancelled since or not
--bom                       begins with a byte order mark, for spreadsheets that would misread UTF-8 without one
`;

const day = z.union([z.iso.date(), z.iso.datetime({ offset: true })]).transform((text) => Date.parse(text));
const choices = z
  .object({
    since: day.optional(),
    until: day.optional(),
    'redeemed-since': day.optional(),
    'redeemed-until': day.optional(),
    bom: z.boolean().default(false),
  })
  .transform(({ bom, 'redeemed-since': redeemedSince, 'redeemed-until': redeemedUntil, since, until }) => {
    const bounds = Object.entries({ since, until, redeemedSince, redeemedUntil });
    return { bom, period: Object.fromEntries(bounds.filter(([, instant]) => instant !== undefined)) };
  });

const COLUMNS = {
  id: ({ ledger_id }: LedgerLine) => redemptionId(ledger_id),
  status: ({ status }: LedgerLine) => status,
  provider: ({ provider }: LedgerLine) => provider,
  account: ({ account }: LedgerLine) => account,
  code: ({ code }: LedgerLine) => code,
  promotionId: ({ promotion_id }: LedgerLine) => promotion_id,
  customerId: ({ customer_id }: LedgerLine) => customer_id,
  orderId: ({ order_id }: LedgerLine) => order_id,
  orderMinorUnits: ({ order_minor }: LedgerLine) => order_minor,
  orderCurrency: ({ order_currency }: LedgerLine) => order_currency,
  discountMinorUnits: ({ discount_minor }: LedgerLine) => discount_minor,
  discountCurrency: ({ discount_currency }: LedgerLine) => discount_currency,
  subscriptionId: ({ subscription_id }: LedgerLine) => subscription_id,
  countedByProvider: ({ counted_sequence }: LedgerLine) => (counted_sequence === null ? 'no' : 'yes'),
  cancelReason: ({ cancel_reason }: LedgerLine) => cancel_reason,
  createdAt: ({ created_at }: LedgerLine) => instant(created_at),
  redeemedAt: ({ redeemed_at }: LedgerLine) => instant(redeemed_at),
  cancelledAt: ({ cancelled_at }: LedgerLine) => instant(cancelled_at),
};

function instant(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString();
}

async function main(parameters: string[]): Promise<number> {
  const asked = read(parameters);
  if (!asked) return fail(USAGE);
  const { databaseFile } = readConfig(readEnv());
  const columns = Object.keys(COLUMNS);
  const csv = stringify({ header: true, bom: asked.bom, columns, record_delimiter: 'windows' });
  await pipeline(Readable.from(records(databaseFile, asked.period)), csv, process.stdout);
  return 0;
}

function* records(file: string, period: LedgerPeriod) {
  for (const line of ledgerLines(file, period)) {
    // A customer's id must not become a formula.
    const cells = Object.values(COLUMNS).map((column) => column(line));
    yield cells.map((cell) => (typeof cell === 'string' ? toCell(cell) : cell));
  }
}

/** What is asked for; null: nothing that there is. */
function read(parameters: string[]): z.infer<typeof choices> | null {
  try {
    const instant = { type: 'string' } as const;
    const options = {
      since: instant,
      until: instant,
      'redeemed-since': instant,
      'redeemed-until': instant,
      bom: { type: 'boolean' },
    } as const;
    const { positionals, values } = parseArgs({ args: parameters, options, allowPositionals: true });
    return positionals.join() === 'redemptions' ? choices.parse(values) : null;
  } catch {
    return null;
  }
}

function fail(text: string): number {
  process.stderr.write(text);
  return 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  // Whoever reads has read enough.
  if (error instanceof Error && 'code' in error && error.code === 'EPIPE') process.exit(0);
  const why = error instanceof ConfigError ? error.problems.join('\n') : error instanceof Error ? error.message : error;
  process.exitCode = fail(`Nothing could be exported: ${why}\n`);
}
