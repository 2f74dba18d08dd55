import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { assembleImage, type Image } from '../support/image/assemble-image.ts';
import { noteSecret } from '../support/redaction.ts';

const ROOT = new URL('../..', import.meta.url).pathname;

const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-image-'));
const data = join(folder, 'data');
/** What a container has: the image's own node and npm, and the programs of the system. No package of this checkout. */
const system = { PATH: [join(folder, 'bin'), '/usr/bin', '/bin'].join(delimiter), HOME: join(folder, 'home') };

const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));
/** The commands for operators. The others need the tests or development packages. */
const COMMANDS = Object.entries(scripts).flatMap(([name, line]) =>
  /^exec \S+ node src\/\S+$/.test(line) ? [name] : [],
);

let image: Image;
let variables: NodeJS.ProcessEnv;
let gateway: ChildProcess;
let origin: string;

beforeAll(async () => {
  for (const made of [data, join(folder, 'bin'), system.HOME]) mkdirSync(made);
  symlinkSync(process.execPath, join(folder, 'bin/node'));
  symlinkSync(realpathSync(programOf('npm')), join(folder, 'bin/npm'));
  image = assembleImage(folder, system);
  // A container has /data and a network of its own.
  const DATABASE_URL = image.variables.DATABASE_URL?.replace(/^\/data/, data) ?? '';
  variables = { ...system, ...image.variables, DATABASE_URL, HOST: '127.0.0.1', PORT: '0' };
  const { out } = await npmRun('key', 'operator', 'read+operate');
  const [, key = '', line = ''] = /now +(\S+)\n.* (\S+)\n$/.exec(out) ?? [];
  noteSecret(key);
  variables.API_KEYS = line;
  const [program = '', ...parameters] = image.command;
  gateway = spawn(program, parameters, { cwd: image.workFolder, env: variables });
  origin = await listening(gateway);
}, 240_000);
afterAll(async () => {
  if (gateway?.exitCode === null) {
    gateway.kill('SIGTERM');
    await once(gateway, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
});

function programOf(name: string): string {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = folders.find((place) => {
    try {
      accessSync(join(place, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (found === undefined) throw new Error(`There is no ${name} in PATH`);
  return join(found, name);
}

function run(program: string, parameters: readonly string[], env = variables) {
  return new Promise<{ code: number; out: string; error: string }>((resolve) => {
    const child = execFile(program, parameters, { cwd: image.workFolder, env }, (_, out, error) => {
      resolve({ code: child.exitCode ?? -1, out, error });
    });
  });
}

function npmRun(name: string, ...parameters: string[]) {
  return run(join(folder, 'bin/npm'), ['run', '--silent', name, '--', ...parameters]);
}

/** The origin at which a gateway says that it listens. */
async function listening(child: ChildProcess): Promise<string> {
  let printed = '';
  for (;;) {
    const [chunk] = await Promise.race([
      ...[child.stdout, child.stderr].flatMap((stream) => (stream ? [once(stream, 'data')] : [])),
      once(child, 'exit').then(() => Promise.reject(new Error(printed))),
    ]);
    printed += String(chunk);
    const [url] = /http:\S+\/graphql/.exec(printed) ?? [];
    if (url !== undefined) return new URL(url).origin;
  }
}

describe('the image', { timeout: 120_000 }, () => {
  it('has every command that the pages for operators name', () => {
    const pages = ['README.md', 'docs/operations.md', 'docs/configuration.md'].map((page) =>
      readFileSync(join(ROOT, page), 'utf8'),
    );
    const named = pages.flatMap((page) =>
      [...page.matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, name]) => name),
    );
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => name !== 'sbom' && !COMMANDS.includes(name ?? ''))).toEqual([]);
  });

  it('starts the gateway, and its health check passes', async () => {
    const [program = '', ...parameters] = image.healthCheck;
    const PORT = new URL(origin).port;
    expect(await run(program, parameters, { ...variables, PORT })).toMatchObject({ code: 0 });
    expect(await run(program, parameters, { ...variables, PORT: '9' })).toMatchObject({ code: 1 });
  });

  const there = join(data, 'copy.db');
  it.each([
    ['backup', [there], { code: 0, out: expect.stringMatching(/copy\.db: \d+ bytes/) }],
    ['export', ['redemptions'], { code: 0, out: expect.stringMatching(/^id,status,/) }],
    ['recover', [], { code: 0, out: expect.stringContaining('Nothing is left') }],
    ['forget-customer', ['nobody', '--yes'], { code: 0, out: expect.stringContaining('Replaced by') }],
    ['sync', [], { code: 1, error: 'No provider that has lists is switched on.\n' }],
    ['migrate-store', [there, join(data, 'moved.db')], { code: 0, out: expect.stringContaining('now has everything') }],
    ['key', [], { code: 1, error: expect.stringContaining('npm run key') }],
    ['sbom', [], { code: 0, out: expect.stringContaining('CycloneDX') }],
  ])('runs npm run %s', async (name, parameters, expected) => {
    expect(await npmRun(name, ...parameters)).toMatchObject(expected);
  });

  it('runs npm start, and passes the signal to stop on', async () => {
    const child = spawn(join(folder, 'bin/npm'), ['start'], { cwd: image.workFolder, env: variables });
    await listening(child);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('runs every command of package.json that operators have', () => {
    expect(COMMANDS).toEqual([
      'start',
      'key',
      'backup',
      'export',
      'migrate-store',
      'sync',
      'recover',
      'forget-customer',
    ]);
  });
});
