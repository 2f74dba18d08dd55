import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blocksOf } from '../docs/pages.ts';

/** The first block of docs/federation.md in a language that contains a text. */
export function blockWith(language: string, text: string): string {
  const block = blocksOf('docs/federation.md').find((one) => one.language === language && one.text.includes(text));
  if (!block) throw new Error(`docs/federation.md has no ${language} with ${text}`);
  return block.text;
}

/** A folder with these files and the packages of the federation tests, until it is disposed of. */
export function folderWith(files: Record<string, string>): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'promo-gateway-federation-'));
  symlinkSync(new URL('node_modules', import.meta.url).pathname, join(path, 'node_modules'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
