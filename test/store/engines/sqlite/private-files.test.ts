import { execFile } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { restrict } from '../../../../src/store/engines/private-file.ts';
import { openStore } from '../../../../src/store/store.ts';
import { startProcess } from '../../../support/processes/gateway-process.ts';
import { withPackedPackages } from '../../../support/processes/packed-packages.ts';

const ROOT = new URL('../../../..', import.meta.url).pathname;
/** A process with an umask that restricts nothing. */
const NO_UMASK = {
  NODE_OPTIONS: `${withPackedPackages().NODE_OPTIONS} --import=data:text/javascript,process.umask(0)`,
};
const isRoot = process.getuid?.() === 0;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'promo-gateway-files-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
const modesIn = (path: string) => Object.fromEntries(readdirSync(path).map((name) => [name, modeOf(join(path, name))]));
const settingsOf = (file: string) => ({ ...NO_UMASK, DATABASE_URL: file, SANDBOX: '1' });

it('the files and folders of a store, the simulators and a backup are private to their owner', async () => {
  const store = join(folder, 'made', 'deep', 'gateway.db');
  const gateway = await startProcess(settingsOf(store));
  await promisify(execFile)(process.execPath, ['src/cli/backup.ts', join(folder, 'copy.db')], {
    cwd: ROOT,
    env: settingsOf(store),
  });
  const names = ['gateway.db', 'gateway.db-wal', 'gateway.db-shm', 'gateway.db-sandbox'];
  const files = Object.fromEntries(names.map((name) => [name, '600']));
  expect(modesIn(join(folder, 'made', 'deep'))).toEqual(files);
  await gateway.end('SIGTERM');
  expect([modeOf(join(folder, 'made')), modeOf(join(folder, 'made', 'deep'))]).toEqual(['700', '700']);
  expect(modeOf(join(folder, 'copy.db'))).toBe('600');
});

describe('a store that an earlier version left readable', () => {
  let killedHome: string;
  let home: string;
  let store: string;
  beforeAll(async () => {
    killedHome = mkdtempSync(join(tmpdir(), 'promo-gateway-killed-'));
    // The process ends without closing the store, so that SQLite's files beside it remain.
    await (await startProcess(settingsOf(join(killedHome, 'gateway.db')))).end('SIGKILL');
  });
  afterAll(() => rmSync(killedHome, { recursive: true }));
  beforeEach(() => {
    home = join(folder, 'home');
    store = join(home, 'gateway.db');
    cpSync(killedHome, home, { recursive: true });
    for (const name of readdirSync(home)) chmodSync(join(home, name), 0o666);
    chmodSync(home, 0o755);
    expect(existsSync(`${store}-wal`)).toBe(true);
  });

  it('becomes private, together with a folder that holds nothing else', async () => {
    const gateway = await startProcess(settingsOf(store));
    expect(new Set(Object.values(modesIn(home)))).toEqual(new Set(['600']));
    expect(modeOf(home)).toBe('700');
    await gateway.end('SIGTERM');
  });

  it('becomes private in a folder with other files, which is unchanged', async () => {
    writeFileSync(join(home, 'notes.txt'), '');
    chmodSync(join(home, 'notes.txt'), 0o644);
    await (await openStore(store)).close();
    expect([modeOf(store), modeOf(join(home, 'notes.txt')), modeOf(home)]).toEqual(['600', '644', '755']);
  });
});

it('a store behind a symbolic link becomes private, with the files beside it', async () => {
  const [link, disk] = [join(folder, 'link.db'), join(folder, 'disk')];
  mkdirSync(disk);
  symlinkSync(join(disk, 'real.db'), link);
  await (await startProcess(settingsOf(link))).end('SIGKILL');
  const files = { 'real.db': '600', 'real.db-wal': '600', 'real.db-shm': '600' };
  expect(modesIn(disk)).toEqual(files);
  for (const name of readdirSync(disk)) chmodSync(join(disk, name), 0o666);
  await (await startProcess(settingsOf(link))).end('SIGKILL');
  expect(modesIn(disk)).toEqual(files);
});

it('a file that is not a store keeps its permissions', async () => {
  const file = join(folder, 'notes.txt');
  writeFileSync(file, 'these are notes, and no database at all '.repeat(100));
  chmodSync(file, 0o644);
  await expect(openStore(file)).rejects.toThrow('it is no SQLite file');
  expect(modeOf(file)).toBe('644');
});

it.runIf(isRoot)('a store of another owner that others can read is used, and reported', async () => {
  const home = join(folder, 'shared');
  mkdirSync(home);
  chmodSync(folder, 0o755);
  const file = join(home, 'gateway.db');
  await (await openStore(file)).close();
  chmodSync(home, 0o777);
  chmodSync(file, 0o666);
  const program = `
    const { openStore } = await import('./src/store/store.ts');
    // Loads all files of the program, which the other user may not be allowed to read.
    await (await openStore(process.argv[2])).close();
    process.setuid(65534);
    (await openStore(process.argv[1], (message) => console.log(message))).close();`;
  const paths = [file, join(folder, 'other.db')];
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, ...paths], {
    cwd: ROOT,
  });
  expect(stdout).toBe(
    `Other users can read ${file}, and this process cannot change that: it is not the owner. Run chmod 600 as the owner.\n`,
  );
  expect(modeOf(file)).toBe('666');
  expect(restrict(file)).toBe(null);
});
