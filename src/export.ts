/* `npm run export -- redemptions --since …`: the ledger as CSV, for people who count. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { stringify } from 'csv-stringify';
import { z } from 'zod';
import { ConfigError, environment, readConfig } from './config.ts';
import { redemptionId } from './promo/identity.ts';
import { type LedgerLine, ledgerLines } from './store/snapshot.ts';

const USAGE = `npm run --silent export -- redemptions [--since INSTANT] [--until INSTANT] > FILE

Writes the redemptions that were made from --since until just before --until (2026-01-31, or 2026-01-31T12:00:00Z), oldest
first, as CSV. Amounts are in the smallest unit of their currency.
`;

const day = z.union([z.iso.date(), z.iso.datetime({ offset: true })]).transform((text) => Date.parse(text));
const choices = z.object({ since: day.default(0), until: day.default(Number.MAX_SAFE_INTEGER) });

const COLUMNS = {
  id: ({ ledger_key }: LedgerLine) => redemptionId(ledger_key),
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
  const { databaseFile } = readConfig(environment());
  // A spreadsheet takes what begins with = + - @ for a formula: a customer's id must not become one.
  const csv = stringify({
    header: true,
    columns: Object.keys(COLUMNS),
    escape_formulas: true,
    record_delimiter: 'windows',
  });
  await pipeline(Readable.from(records(databaseFile, asked)), csv, process.stdout);
  return 0;
}

function* records(file: string, { since, until }: z.infer<typeof choices>) {
  for (const line of ledgerLines(file, since, until)) yield Object.values(COLUMNS).map((column) => column(line));
}

/** What is asked for; null: nothing that there is. */
function read(parameters: string[]): z.infer<typeof choices> | null {
  try {
    const options = { since: { type: 'string' }, until: { type: 'string' } } as const;
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
