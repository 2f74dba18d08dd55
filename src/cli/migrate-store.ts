/* `npm run migrate-store -- FROM TO` copies a stopped store into an empty one of another engine, and verifies the copy. */
import { parseArgs } from 'node:util';
import { nameOf, readStoreUrl, type StoreAddress, storeAddress } from '../store/engines/address.ts';
import { type TransferProgress, transferStore } from '../store/transfer/transfer-store.ts';
import { print, runCommand, UsageError } from './run.ts';

const USAGE = `npm run migrate-store -- FROM TO

Copies a whole store into an empty one, and verifies the copy. FROM and TO are values of DATABASE_URL. Stop all gateways that
use one of them first. A password that no URL contains is read from PGPASSWORD. FROM keeps its data.
`;

/** Moves to the start of the line and clears it. */
const CLEAR_LINE = '\r\u001b[K';
const PHASE = { COPY: 'copied', VERIFY: 'copied, verifying' };

await runCommand({ usage: USAGE, failure: 'Nothing was copied', run: migrateStore });

async function migrateStore(words: string[]): Promise<number> {
  const [from, to, ...rest] = parseArgs({ args: words, allowPositionals: true }).positionals;
  if (from === undefined || to === undefined || rest.length > 0) throw new UsageError();
  const [source, target] = [addressOf('FROM', from), addressOf('TO', to)];
  // Only a person reads progress: a log gets the result alone.
  const rows = await transferStore(source, target, process.stdout.isTTY ? showProgress : () => {});
  const lines = [...rows].map(([table, count]) => `${table}: ${count} rows`);
  const clear = process.stdout.isTTY ? CLEAR_LINE : '';
  return print(`${clear}${lines.join('\n')}\n${nameOf(target)} now has everything of ${nameOf(source)}.\n`);
}

function addressOf(word: string, url: string): StoreAddress {
  const read = readStoreUrl(url);
  if ('fault' in read) throw new Error(`${word} ${read.fault}`);
  return storeAddress(read);
}

function showProgress({ table, phase, rows, total }: TransferProgress): void {
  process.stdout.write(`${CLEAR_LINE}${table}: ${rows} of ${total} rows ${PHASE[phase]}`);
}
