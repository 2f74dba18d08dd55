/*
 * Fills a new store with many promo codes, to try out lists: `npm run seed -- 1000000`. DATABASE_URL names the file.
 */
import { readConfig } from '../../src/config/config.ts';
import { readEnv } from '../../src/config/env.ts';
import { fillStore } from './many-promotions.ts';

const codes = Number(process.argv[2]);
if (!Number.isInteger(codes) || codes < 1) {
  process.stderr.write('How many? npm run seed -- 1000000\n');
  process.exit(1);
}
try {
  const { store } = readConfig(readEnv());
  if (!('file' in store)) throw new Error('Only a store in a file can be filled');
  const { file } = store;
  const begun = performance.now();
  const made = await fillStore(file, codes);
  process.stdout.write(`${file} has ${made} promotions (${((performance.now() - begun) / 1000).toFixed(1)} s)\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}
