import Sqlite from 'better-sqlite3';
import { expect, it } from 'vitest';
import { NORMALIZATION_VERSION } from '../../../src/domain/codes/code.ts';
import { openStore } from '../../../src/store/store.ts';
import { newFile, ODD_CODES, OWNER, writeOddCodes } from './old-files.ts';

it('migration stores the normalized form of each code, also of pending creations', async () => {
  const file = newFile();
  await writeOddCodes(file);
  const store = await openStore(file);
  const found = async (code: string) => (await store.promotions.findByCode(code, {}, 5000)).map((one) => one.code);
  expect(await Promise.all(['save', 'summer-50', 'strasse', 'may5', 'март'].map(found))).toEqual([
    ['Save'],
    ...ODD_CODES.map((code) => [code]),
  ]);
  expect(await store.promotions.findLookAlikes('mapt', {}, 5000)).toMatchObject([{ code: 'МАРТ' }]);
  const rival = { ...OWNER, call: { caller: 'other', key: 'other' } };
  expect(await store.pendingWrites.isCodeBeingCreated('AUTUMN-5', rival, 5000)).toBe(true);
  await store.close();
});

it('normalized codes are computed again when another version of the function made them, and only then', async () => {
  const file = newFile();
  await writeOddCodes(file);
  await (await openStore(file)).close();
  const sqlite = new Sqlite(file);
  const normalizedCodes = () =>
    sqlite.prepare('SELECT normalized_code FROM promotions WHERE code = ?').pluck().all('SUMMER–50');
  for (const [version, expected] of [
    [NORMALIZATION_VERSION, 'other'],
    ['1/unicode-1.0', 'summer-50'],
  ]) {
    sqlite.prepare('UPDATE code_normalization SET version = ?').run(version);
    sqlite.prepare("UPDATE promotions SET normalized_code = 'other'").run();
    await (await openStore(file)).close();
    expect(normalizedCodes()).toEqual([expected]);
  }
  sqlite.close();
});
