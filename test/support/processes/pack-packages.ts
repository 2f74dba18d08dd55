import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import { LOADED_FIRST } from './packed-packages.ts';

/*
 * Packs the packages that the sources import into a few files. Node otherwise opens 1400 files of packages at each start,
 * which takes as long as everything else in a start. The sources themselves are not packed: processes run them as they are.
 */

const ROOT = new URL('../../..', import.meta.url).pathname;
const SRC = join(ROOT, 'src');
/** A binary, and a page of nine megabytes that few processes serve. */
const NOT_PACKED = ['better-sqlite3', '@graphql-yoga/render-graphiql'];
/** The specifier of a package in an import of a value or a type. Node's own modules have a colon. */
const IMPORTED = /(?:^import .*|^export .*|^\} )from '([^'.:][^':]*)'|\bimport\('([^'.:][^':]*)'\)/gm;

/** Vitest calls this before the first test. Packs nothing if the same packages are packed already. */
export default async function packPackages(): Promise<void> {
  const specifiers = importedSpecifiers();
  const key = createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .update(specifiers.join());
  const folder = join(ROOT, 'node_modules/.cache/packed', key.digest('hex').slice(0, 16));
  if (!existsSync(folder)) {
    const own = `${folder}.${process.pid}`;
    await pack(specifiers, own);
    try {
      renameSync(own, folder);
    } catch {
      // Another run was faster.
      rmSync(own, { recursive: true });
    }
  }
  process.env[LOADED_FIRST] = pathToFileURL(join(folder, 'use.mjs')).href;
}

function importedSpecifiers(): string[] {
  const texts = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(SRC, file), 'utf8'));
  const found = texts.flatMap((text) => [...text.matchAll(IMPORTED)].map(([, from, dynamic]) => from ?? dynamic ?? ''));
  return [...new Set(found)].filter((specifier) => !NOT_PACKED.includes(specifier)).sort();
}

async function pack(specifiers: string[], folder: string): Promise<void> {
  const entries = join(folder, 'entries');
  mkdirSync(entries, { recursive: true });
  const input: Record<string, string> = {};
  for (const [number, specifier] of specifiers.entries()) {
    const names = Object.keys(await import(specifier)).filter((name) => name !== 'module.exports');
    const entry = join(entries, `${number}.mjs`);
    // By name: a program that imports a name of a CommonJS module needs it as an export.
    writeFileSync(entry, `export { ${names.join(', ')} } from ${JSON.stringify(specifier)};\n`);
    input[number] = entry;
  }
  const bundle = await rolldown({ input, platform: 'node', external: NOT_PACKED, logLevel: 'silent' });
  await bundle.write({ dir: folder, format: 'esm', entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' });
  await bundle.close();
  const packed = specifiers.map((specifier, number) => [specifier, `./${number}.mjs`]);
  writeFileSync(join(folder, 'use.mjs'), program(Object.fromEntries(packed)));
}

/** A module that lets a program import the packed packages. */
function program(packed: Record<string, string>): string {
  return `import { registerHooks } from 'node:module';
const packed = ${JSON.stringify(packed, null, 2)};
const answers = new Map(
  Object.entries(packed).map(([specifier, file]) => [
    specifier,
    { url: new URL(file, import.meta.url).href, format: 'module', shortCircuit: true },
  ]),
);
registerHooks({ resolve: (specifier, context, next) => answers.get(specifier) ?? next(specifier, context) });
`;
}
