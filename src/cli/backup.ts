/* `npm run backup -- FILE`: a copy of the store, as it is at one moment, while gateways that have it open go on. */
import { statSync } from 'node:fs';
import { ConfigError, readConfig } from '../config/config.ts';
import { readEnv } from '../config/env.ts';
import { backUp } from '../store/sqlite/snapshot.ts';

function main([target]: string[]): number {
  if (target === undefined) return print('npm run backup -- FILE\n', 1);
  const { databaseFile } = readConfig(readEnv());
  backUp(databaseFile, target);
  return print(`${target}: ${statSync(target).size} bytes\n`, 0);
}

function print(text: string, exitCode: number): number {
  (exitCode === 0 ? process.stdout : process.stderr).write(text);
  return exitCode;
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  const why = error instanceof ConfigError ? error.problems.join('\n') : error instanceof Error ? error.message : error;
  process.exitCode = print(`No copy was made: ${why}\n`, 1);
}
