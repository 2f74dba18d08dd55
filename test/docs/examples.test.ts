import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { getOperationAST, parse, validate } from 'graphql';
import { createClient } from 'graphql-sse';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { schema } from '../../src/graphql/schema.ts';
import { tabs } from '../../src/http/graphiql/tabs.ts';
import { COMPILE_CACHE } from '../support/processes/compile-cache.ts';
import { type GatewayProcess, startProcess } from '../support/processes/gateway-process.ts';
import { type Block, blocksOf, PAGES, ROOT, read } from './pages.ts';
import { differences, withRealIds } from './shown-answer.ts';

/* The examples of all pages run on one gateway, started as `npm start` starts it, as a reader would run them. */

const run = promisify(execFile);

/** Commands that start a gateway, install something, call real providers, need a server, or run a whole suite. */
const NOT_RUN =
  /^(npm (ci|start|test)|npm run (check|schema|sync|recover|migrate-store|seed|fuzz|torture|abuse|bench|test)|docker |git |\.ci\/run)/;

/** Where the pages say that a gateway listens. */
const SHOWN_ORIGIN = 'http://127.0.0.1:4000';

const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-docs-'));
const DATABASE_URL = join(folder, 'gateway.db');
let gateway: GatewayProcess;

beforeAll(async () => {
  gateway = await startProcess({ DATABASE_URL, SANDBOX_EXAMPLES: '1' });
});
afterAll(async () => {
  await gateway.end('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
});

/** In a shell with a home folder of its own, with the gateway of this test in the place of the one at port 4000. */
async function runCommands({ url }: GatewayProcess, text: string): Promise<unknown> {
  const lines = text.replaceAll('\\\n', ' ').split('\n');
  const commands = lines.filter((line) => !NOT_RUN.test(line)).join('\n');
  const script = commands.replaceAll(SHOWN_ORIGIN, new URL(url).origin);
  const { stdout } = await run('sh', ['-e', '-c', script], {
    cwd: ROOT,
    env: { ...COMPILE_CACHE, PATH: process.env.PATH, HOME: folder, DATABASE_URL },
  });
  return stdout.trimStart().startsWith('{') ? JSON.parse(stdout) : stdout;
}

/** Opens a subscription, and ends it as soon as the gateway has accepted it. */
async function subscribe({ url }: GatewayProcess, query: string): Promise<unknown> {
  // A stream also opens for an operation that is not valid, and then says so.
  expect(validate(schema, parse(query))).toEqual([]);
  const accepted = Promise.withResolvers<void>();
  const client = createClient({ url, on: { connected: () => accepted.resolve() } });
  const end = client.subscribe({ query }, { next: () => {}, error: accepted.reject, complete: () => {} });
  await accepted.promise;
  end();
  return { data: {} };
}

function isSubscription(text: string): boolean {
  return getOperationAST(parse(text))?.operation === 'subscription';
}

function isExample({ language }: Block): boolean {
  return language === 'graphql' || language === 'sh';
}

function runExample(on: GatewayProcess, language: string, text: string): Promise<unknown> {
  if (language === 'sh') return runCommands(on, text);
  return isSubscription(text) ? subscribe(on, text) : on.send(text);
}

it.each(PAGES.filter((page) => blocksOf(page).some(isExample)))('the examples of %s work as it says', async (page) => {
  const blocks = blocksOf(page);
  const ids = new Map<string, string>();
  for (const [index, block] of blocks.entries()) {
    if (!isExample(block)) continue;
    const answer = await runExample(gateway, block.language, withRealIds(block.text, ids));
    const where = `${page}:${block.line}`;
    const next = blocks[index + 1];
    if (next?.language === 'json') {
      const found = differences(JSON.parse(next.text), answer, ids);
      expect({ where, differences: found }).toEqual({ where, differences: [] });
    } else if (block.language === 'graphql') {
      expect({ where, answer }).toEqual({ where, answer: { data: expect.anything() } });
    }
  }
});

it('GraphiQL has the steps of the quick start as its tabs', () => {
  const steps = blocksOf('docs/quick-start.md').filter(({ language }) => language === 'graphql');
  expect(tabs.map(({ query }) => query)).toEqual(steps.map(({ text }) => text));
});

/** What a reader of a page sends. The steps of the quick start are also the tabs of GraphiQL. */
const sources = { 'the README': examplesOf('README.md'), 'the quick start': examplesOf('docs/quick-start.md') };

function examplesOf(page: string): Pick<Block, 'language' | 'text'>[] {
  return blocksOf(page).filter(isExample);
}

it.each([
  ['the README', 'the quick start'],
  ['the quick start', 'the README'],
] as const)('%s and %s run in this order on a fresh gateway, and once more', async (...order) => {
  const DATABASE_URL = join(folder, `${order[0].replaceAll(' ', '-')}.db`);
  const fresh = await startProcess({ DATABASE_URL, SANDBOX_EXAMPLES: '1' });
  const answers: unknown[] = [];
  for (const source of [...order, ...order]) {
    for (const { language, text } of sources[source]) answers.push(await runExample(fresh, language, text));
  }
  await fresh.end('SIGTERM');
  expect(answers.length).toBeGreaterThan(2 * tabs.length);
  expect(JSON.stringify(answers)).not.toMatch(/"errors"|"message"|"issues"/);
});

it('docs/operations.md names metrics that exist', async () => {
  const metrics = await (await fetch(new URL('/metrics', gateway.url))).text();
  // The first column of the renamed metrics has the old names.
  const page = read('docs/operations.md').replaceAll(/^\| `[^|]+`(?= \| `)/gm, '');
  const named = [...page.matchAll(/promo_gateway_[a-z_]+/g)].map(([name]) => name);
  expect(named.filter((name) => !metrics.includes(`# TYPE ${name} `))).toEqual([]);
  expect(named.length).toBeGreaterThan(5);
});
