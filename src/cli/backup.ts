/* `npm run backup -- FILE` copies the store as it is at one moment. Gateways that use the store keep running. */
import { statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readConfig } from '../config/config.ts';
import { readEnv } from '../config/env.ts';
import { backUp } from '../store/sqlite/snapshot.ts';
import { print, runCommand, UsageError } from './run.ts';

await runCommand({ usage: 'npm run backup -- FILE\n', failure: 'No copy was made', run: copyStore });

function copyStore(words: string[]): number {
  const [target, ...rest] = parseArgs({ args: words, allowPositionals: true }).positionals;
  if (target === undefined || rest.length > 0) throw new UsageError();
  const { databaseFile } = readConfig(readEnv());
  backUp(databaseFile, target);
  return print(`${target}: ${statSync(target).size} bytes\n`);
}
