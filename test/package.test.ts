import { readFileSync } from 'node:fs';
import { DockerfileParser } from 'dockerfile-ast';
import { expect, it } from 'vitest';
import { z } from 'zod';

const ROOT = new URL('..', import.meta.url).pathname;

/** Licences that dependencies of a program under the MIT licence may have. */
const COMPATIBLE = ['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'Unlicense', 'BlueOak-1.0.0'];
/** Licences of development tools, which are not distributed. */
const OF_TOOLS = [...COMPATIBLE, 'MIT OR Apache-2.0', 'MPL-2.0'];

const lock = z
  .object({ packages: z.record(z.string(), z.object({ license: z.string().optional(), dev: z.boolean().optional() })) })
  .parse(JSON.parse(readFileSync(`${ROOT}package-lock.json`, 'utf8')));

it('every dependency has a licence that is compatible with ours', () => {
  const others = Object.entries(lock.packages).filter(
    ([, { license = '', dev }]) => !(dev ? OF_TOOLS : COMPATIBLE).includes(license),
  );
  expect(others).toEqual([]);
  expect(Object.keys(lock.packages).length).toBeGreaterThan(100);
});

it('the bundled Node has the same version on every platform, and the image its major version', () => {
  const { optionalDependencies } = z
    .object({ optionalDependencies: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')));
  const versions = new Set(Object.values(optionalDependencies));
  expect(Object.keys(optionalDependencies)).toHaveLength(4);
  expect(versions.size).toBe(1);
  const [major] = [...versions].map((version) => version.split('.')[0]);
  expect(readFileSync(`${ROOT}Dockerfile`, 'utf8').match(/^FROM \S+/gm)).toEqual([
    `FROM node:${major}-slim`,
    `FROM node:${major}-slim`,
  ]);
});

it('the image has a separate build stage, a small base, no root user and a health check', () => {
  const stages = DockerfileParser.parse(readFileSync(`${ROOT}Dockerfile`, 'utf8'))
    .getInstructions()
    .reduce<string[][]>((all, instruction) => {
      if (instruction.getKeyword() === 'FROM') all.push([]);
      all.at(-1)?.push(`${instruction.getKeyword()} ${instruction.getArgumentsContent()}`);
      return all;
    }, []);
  expect(stages.length).toBe(2);
  const image = stages.at(-1) ?? [];
  expect(image).toContain('USER node');
  expect(image.filter((line) => line.startsWith('HEALTHCHECK'))).toHaveLength(1);
  // The list form: the stop signal must reach the gateway, not a shell.
  expect(image.at(-1)).toBe('CMD ["node", "src/main.ts"]');
});
