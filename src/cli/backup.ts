/*
 * `npm run backup -- FILE` copies the store as it is at one moment. Gateways that use the store keep running. For a store
 * on a server it prints the server's own command.
 */
import { statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readConfig } from '../config/config.ts';
import { readEnv } from '../config/env.ts';
import { backUp } from '../store/engines/back-up.ts';
import { print, printError, runCommand, UsageError } from './run.ts';

/** The exit code if another program has to make the copy. */
const NOT_BY_THIS = 2;

await runCommand({ usage: 'npm run backup -- FILE\n', failure: 'No copy was made', run: copyStore });

async function copyStore(words: string[]): Promise<number> {
  const [target, ...rest] = parseArgs({ args: words, allowPositionals: true }).positionals;
  if (target === undefined || rest.length > 0) throw new UsageError();
  const backup = await backUp(readConfig(readEnv()).store, target);
  if ('done' in backup) return print(`${target}: ${statSync(target).size} bytes\n`);
  printError('No copy was made: the store is on a server, whose own program makes copies. Run this command:\n');
  print(`${backup.command}\n`);
  return NOT_BY_THIS;
}
