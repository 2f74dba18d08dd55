import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { anchorsOf, PAGES, ROOT, read } from './pages.ts';

const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));

/** The links of a page to other places of this repository. */
function linksOf(page: string): string[] {
  const links = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return links.filter((target) => !/^[a-z]+:/.test(target));
}

function isBroken(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(ROOT, target))) return true;
  return anchor !== undefined && !anchorsOf(target).includes(anchor);
}

it('every link leads somewhere', () => {
  const links = PAGES.flatMap((page) => linksOf(page).map((link) => ({ page, link })));
  expect(links.filter(({ page, link }) => isBroken(page, link))).toEqual([]);
  expect(links.length).toBeGreaterThan(50);
});

it('every page of docs/ can be reached from the README', () => {
  const reached = new Set(['README.md']);
  for (const page of reached) {
    const targets = linksOf(page).map((link) => join(dirname(page), link.split('#')[0] || '.'));
    for (const target of targets) if (PAGES.includes(target)) reached.add(target);
  }
  expect(PAGES.filter((page) => !reached.has(page))).toEqual([]);
});

it('every npm command exists', () => {
  const named = PAGES.flatMap((page) =>
    [...read(page).matchAll(/npm run (?:--\S+ )*([a-z][a-z:-]*)/g)].map(([, name = '']) => ({ page, name })),
  );
  expect(named.filter(({ name }) => !(name in scripts))).toEqual([]);
  expect(named.length).toBeGreaterThan(10);
});

it('the README fits on two screens', () => {
  expect(read('README.md').split('\n').length).toBeLessThanOrEqual(121);
});
