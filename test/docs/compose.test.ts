import { DockerfileParser } from 'dockerfile-ast';
import { afterAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { readConfig } from '../../src/config/config.ts';
import { startGateway } from '../support/start-gateway.ts';
import { knownVariables } from './known-variables.ts';
import { blocksOf, read } from './pages.ts';

/*
 * The installation for Docker Compose in docs/operations.md. No test machine has Docker, so the file is compared with what
 * the image and the gateway know.
 */

/** The values that the operator provides. */
const PROVIDED: Record<string, string> = {
  POSTGRES_PASSWORD: 'secret',
  API_KEYS: `shop:operate:${'0'.repeat(64)}`,
};

const service = z.strictObject({
  build: z.string().optional(),
  image: z.string().optional(),
  restart: z.enum(['unless-stopped', 'always']).optional(),
  environment: z.record(z.string(), z.coerce.string()).default({}),
  command: z.string().optional(),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
});
const [block, ...others] = blocksOf('docs/operations.md').filter(({ language }) => language === 'yaml');
const file = z
  .strictObject({ services: z.record(z.string(), service), volumes: z.record(z.string(), z.null()) })
  .parse(parse(block?.text ?? ''));
const gateways = Object.entries(file.services).filter(([, { build }]) => build !== undefined);

const image = DockerfileParser.parse(read('Dockerfile')).getInstructions();
const argumentsOf = (keyword: string) =>
  image.filter((one) => one.getKeyword() === keyword).map((one) => one.getArgumentsContent() ?? '');
/** The variables that the image sets. */
const IMAGE_ENV = Object.fromEntries(
  argumentsOf('ENV').flatMap((text) =>
    [...text.matchAll(/(\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]),
  ),
);

/** Fills in what Compose takes from the environment. A variable without a value stops Compose because of `:?`. */
const interpolated = (text: string) =>
  text.replace(/\$\{(\w+):\?\}/g, (_, name: string) => PROVIDED[name] ?? expect.fail(`${name} is not provided`));

const running: { stop(): Promise<void> }[] = [];
afterAll(() => Promise.all(running.map((gateway) => gateway.stop())));

it('the page has one Compose file, with two gateways that the Dockerfile builds', () => {
  expect(others).toEqual([]);
  expect(gateways.map(([name]) => name)).toEqual(['gateway-1', 'gateway-2']);
  for (const [, { build, command }] of gateways) expect({ build, command }).toEqual({ build: '.', command: undefined });
  expect(argumentsOf('CMD')).toEqual(['["node", "src/main.ts"]']);
});

it.each(gateways)(
  '%s of the Compose file has only variables that the gateway knows, and values that it accepts',
  (_, { environment }) => {
    const known = knownVariables();
    expect(Object.keys(environment).filter((name) => !known.has(name))).toEqual([]);
    const values = Object.fromEntries(Object.entries(environment).map(([name, text]) => [name, interpolated(text)]));
    const { store } = readConfig({ ...IMAGE_ENV, ...values });
    const { POSTGRES_USER, POSTGRES_DB } = file.services.database?.environment ?? {};
    expect(store).toMatchObject({ url: `postgres://${POSTGRES_USER}:secret@database:5432/${POSTGRES_DB}` });
    expect(interpolated(file.services.database?.environment.POSTGRES_PASSWORD ?? '')).toBe('secret');
  },
);

it('the proxy of the Compose file forwards its published port to the port of each gateway', () => {
  const { command = '', ports } = file.services.proxy ?? {};
  const targets = [...command.matchAll(/--to (\S+)/g)].map(([, target]) => target);
  expect(targets).toEqual(gateways.map(([name]) => `${name}:${IMAGE_ENV.PORT}`));
  expect(ports).toEqual([`4000:${command.match(/--from :(\d+)/)?.[1]}`]);
  expect(argumentsOf('EXPOSE')).toEqual([IMAGE_ENV.PORT]);
});

it('each volume of the Compose file is declared and used', () => {
  const used = Object.values(file.services).flatMap(({ volumes }) => volumes.map((volume) => volume.split(':')[0]));
  expect(used).toEqual(Object.keys(file.volumes));
});

it('the paths that the image and the proxy ask for the health of a gateway exist', async () => {
  const paths = [
    argumentsOf('HEALTHCHECK')[0]?.match(/PORT \+ '(\/\w+)'/)?.[1],
    read('docs/operations.md').match(/A proxy in production should ask each gateway for `GET (\/\w+)`/)?.[1],
  ];
  expect(paths).toEqual(['/health', '/ready']);
  const gateway = await startGateway();
  running.push(gateway);
  for (const path of paths) expect((await fetch(new URL(path ?? '', gateway.url))).ok).toBe(true);
});
