/* `npm run export -- TABLE` writes the ledger, or the history of promotions, as CSV for accountants and spreadsheets. */
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { stringify } from 'csv-stringify';
import { z } from 'zod';
import { readConfig } from '../config/config.ts';
import { readEnv } from '../config/env.ts';
import type { Env } from '../providers/definition.ts';
import type { Db } from '../store/engines/engine.ts';
import { openReader } from '../store/engines/open-engine.ts';
import { EXPORTED_TABLES, type ExportedTable } from './exported-tables.ts';
import { writeNewFile } from './new-file.ts';
import { print, runCommand, UsageError } from './run.ts';
import { toCell } from './spreadsheet-cell.ts';

const USAGE = `npm run export -- TABLE --output FILE [OPTIONS]
npm run --silent export -- TABLE [OPTIONS] > FILE

Writes a table as CSV, oldest first: redemptions, with amounts in the smallest unit of their currency, or history, with a row
for each field of each change of a promo code or coupon that the gateway keeps. An INSTANT is 2026-01-31 or
2026-01-31T12:00:00Z. Options can be combined.

A value must not become a formula in a spreadsheet, whether it splits cells at commas, semicolons or tabs. So an apostrophe
precedes every part of a value that begins with = + - or @, also after blanks, quotation marks, apostrophes or invisible
characters. Remove that apostrophe to get the value.

--output FILE               the new file to write; without it, the standard output
--since INSTANT             created or changed at or after INSTANT
--until INSTANT             created or changed before INSTANT
--redeemed-since INSTANT    redeemed at or after INSTANT, even if cancelled later (only redemptions)
--redeemed-until INSTANT    redeemed before INSTANT, even if cancelled later (only redemptions)
--bom                       begins with a byte order mark, for spreadsheets that need one to read UTF-8
`;

const day = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], { error: 'must be like 2026-01-31 or 2026-01-31T12:00:00Z' })
  .transform((text) => Date.parse(text));
const TABLES = Object.keys(EXPORTED_TABLES).join(' or ');

const choices = z
  .object({
    since: day.optional(),
    until: day.optional(),
    'redeemed-since': day.optional(),
    'redeemed-until': day.optional(),
    bom: z.boolean().default(false),
    output: z.string().min(1, 'must name a file').optional(),
  })
  .transform(({ bom, output, 'redeemed-since': redeemedSince, 'redeemed-until': redeemedUntil, since, until }) => {
    const bounds = Object.entries({ since, until, redeemedSince, redeemedUntil });
    return { bom, output, period: Object.fromEntries(bounds.filter(([, instant]) => instant !== undefined)) };
  });

const LINES_OF_NPM =
  'npm has printed lines of its own, which are not CSV. Add --output FILE, or use npm run --silent export.';

await runCommand({ usage: USAGE, failure: 'Nothing was exported', run: exportTable });

async function exportTable(words: string[]): Promise<number> {
  const { table, bom, output, period } = readChoices(words);
  const env = readEnv();
  if (output === undefined && !process.stdout.isTTY && hasLinesOfNpm(env)) throw new Error(LINES_OF_NPM);
  const reader = await openReader(readConfig(env).store);
  const csv = stringify({ header: true, bom, columns: table.header, record_delimiter: 'windows' });
  const records = (db: Db) => table.records(db, period);
  try {
    if (output === undefined) {
      await reader.snapshot((db) => pipeline(records(db), withoutFormulas, csv, process.stdout));
      return 0;
    }
    const bytes = await writeNewFile(output, (file) =>
      reader.snapshot((db) => pipeline(records(db), withoutFormulas, csv, file)),
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

async function* withoutFormulas(records: AsyncIterable<(string | number | null)[]>) {
  for await (const cells of records) yield cells.map((cell) => (typeof cell === 'string' ? toCell(cell) : cell));
}

/** @throws {UsageError} */
function readChoices(words: string[]): z.infer<typeof choices> & { table: ExportedTable } {
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
  const [name, ...rest] = positionals;
  if (name === undefined) throw new UsageError(`name a table: ${TABLES}`);
  if (!isTable(name)) throw new UsageError(`there is no table ${name}. Name ${TABLES}`);
  if (rest.length > 0) throw new UsageError(`name one table, not ${positionals.join(' ')}`);
  if (!chosen.success)
    throw new UsageError(chosen.error.issues.map(({ path, message }) => `--${path.join('.')} ${message}`).join('; '));
  const { redeemedSince, redeemedUntil } = chosen.data.period;
  if (name !== 'redemptions' && (redeemedSince ?? redeemedUntil) !== undefined)
    throw new UsageError('--redeemed-since and --redeemed-until are only for redemptions');
  return { ...chosen.data, table: EXPORTED_TABLES[name] };
}

function isTable(name: string): name is keyof typeof EXPORTED_TABLES {
  return Object.hasOwn(EXPORTED_TABLES, name);
}
