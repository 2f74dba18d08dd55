/* `npm run export -- redemptions` writes the ledger as CSV, for accountants and spreadsheets. */
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { stringify } from 'csv-stringify';
import { z } from 'zod';
import { readConfig } from '../config/config.ts';
import { readEnv } from '../config/env.ts';
import { redemptionId } from '../domain/promotion/identity.ts';
import type { Env } from '../providers/definition.ts';
import { openReader } from '../store/engines/open-engine.ts';
import { type LedgerLine, ledgerLines } from '../store/redemptions/ledger-lines.ts';
import { writeNewFile } from './new-file.ts';
import { print, runCommand, UsageError } from './run.ts';
import { toCell } from './spreadsheet-cell.ts';

const USAGE = `npm run export -- redemptions --output FILE [OPTIONS]
npm run --silent export -- redemptions [OPTIONS] > FILE

Writes redemptions as CSV, oldest first. Amounts are in the smallest unit of their currency. An INSTANT is 2026-01-31 or
2026-01-31T12:00:00Z. Options can be combined.

A value must not become a formula in a spreadsheet, whether it splits cells at commas, semicolons or tabs. So an apostrophe
precedes every part of a value that begins with = + - or @, also after blanks, quotation marks, apostrophes or invisible
characters. Remove that apostrophe to get the value.

--output FILE               the new file to write; without it, the standard output
--since INSTANT             created at or after INSTANT
--until INSTANT             created before INSTANT
--redeemed-since INSTANT    redeemed at or after INSTANT, even if cancelled later
--redeemed-until INSTANT    redeemed before INSTANT, even if cancelled later
--bom                       begins with a byte order mark, for spreadsheets that need one to read UTF-8
`;

const day = z.union([z.iso.date(), z.iso.datetime({ offset: true })]).transform((text) => Date.parse(text));
const choices = z
  .object({
    since: day.optional(),
    until: day.optional(),
    'redeemed-since': day.optional(),
    'redeemed-until': day.optional(),
    bom: z.boolean().default(false),
    output: z.string().min(1).optional(),
  })
  .transform(({ bom, output, 'redeemed-since': redeemedSince, 'redeemed-until': redeemedUntil, since, until }) => {
    const bounds = Object.entries({ since, until, redeemedSince, redeemedUntil });
    return { bom, output, period: Object.fromEntries(bounds.filter(([, instant]) => instant !== undefined)) };
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
  caller: ({ caller }: LedgerLine) => caller,
};

function instant(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString();
}

const LINES_OF_NPM =
  'npm has printed lines of its own, which are not CSV. Add --output FILE, or use npm run --silent export.';

await runCommand({ usage: USAGE, failure: 'Nothing was exported', run: exportLedger });

async function exportLedger(words: string[]): Promise<number> {
  const { bom, output, period } = readChoices(words);
  const env = readEnv();
  if (output === undefined && !process.stdout.isTTY && hasLinesOfNpm(env)) throw new Error(LINES_OF_NPM);
  const reader = await openReader(readConfig(env).store);
  const columns = Object.keys(COLUMNS);
  const csv = stringify({ header: true, bom, columns, record_delimiter: 'windows' });
  try {
    if (output === undefined) {
      await reader.snapshot((db) => pipeline(ledgerLines(db, period), records, csv, process.stdout));
      return 0;
    }
    const bytes = await writeNewFile(output, (file) =>
      reader.snapshot((db) => pipeline(ledgerLines(db, period), records, csv, file)),
    );
    return print(`${output}: ${bytes} bytes\n`);
  } finally {
    await reader.close();
  }
}

/** npm prints the script that it runs to the standard output, unless it is silent. */
function hasLinesOfNpm({ npm_lifecycle_event: script, npm_config_loglevel: level }: Env): boolean {
  return script === 'export' && level !== undefined && level !== 'silent';
}

async function* records(lines: AsyncIterable<LedgerLine>) {
  for await (const line of lines) {
    const cells = Object.values(COLUMNS).map((column) => column(line));
    yield cells.map((cell) => (typeof cell === 'string' ? toCell(cell) : cell));
  }
}

/** @throws {UsageError} */
function readChoices(words: string[]): z.infer<typeof choices> {
  const instant = { type: 'string' } as const;
  const options = {
    since: instant,
    until: instant,
    'redeemed-since': instant,
    'redeemed-until': instant,
    bom: { type: 'boolean' },
    output: { type: 'string' },
  } as const;
  const { positionals, values } = parseArgs({ args: words, options, allowPositionals: true });
  const chosen = choices.safeParse(values);
  if (positionals.join() !== 'redemptions' || !chosen.success) throw new UsageError();
  return chosen.data;
}
