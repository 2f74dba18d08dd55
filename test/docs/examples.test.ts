import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { getOperationAST, parse } from 'graphql';
import { createClient } from 'graphql-sse';
import { afterAll, expect, it } from 'vitest';
import { tabs } from '../../src/http/graphiql/tabs.ts';
import { COMPILE_CACHE } from '../support/compile-cache.ts';
import { type GatewayProcess, startProcess } from '../support/gateway-process.ts';
import { type Block, blocksOf, PAGES, ROOT } from './pages.ts';
import { differences, withRealIds } from './shown-answer.ts';

/* Each page's examples run in their order against a gateway of their own, started as `npm start` starts it. */

const run = promisify(execFile);

/** Commands that start what runs already, that install, that need real providers, or that other tests run as a whole. */
const NOT_RUN =
  /^(npm (ci|start|test|install|version)|npm run (check|schema|sync|seed|fuzz|torture|abuse|bench|test)|docker |git |cd |\.ci\/run)/;

/** Where the pages say that a gateway listens. */
const SHOWN_ORIGIN = 'http://127.0.0.1:4000';

const folders: string[] = [];
const gateways: GatewayProcess[] = [];
afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.end('SIGKILL')));
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A page whose examples are run: what it has started, and the real ids of those that it shows. */
class Reader {
  readonly #folder = mkdtempSync(join(tmpdir(), 'promo-gateway-docs-'));
  readonly #database = join(this.#folder, 'gateway.db');
  readonly #ids = new Map<string, string>();
  #gateway: GatewayProcess | undefined;

  constructor() {
    folders.push(this.#folder);
  }

  /** Runs one block; the answer, parsed where it is JSON. */
  async run({ language, text }: Block): Promise<unknown> {
    const real = withRealIds(text, this.#ids);
    if (language === 'sh') return this.#command(real);
    const gateway = await this.#running();
    return isSubscription(real) ? subscribe(gateway, real) : gateway.send(real);
  }

  differencesTo(shown: string, actual: unknown): string[] {
    return differences(JSON.parse(shown), actual, this.#ids);
  }

  async #running(): Promise<GatewayProcess> {
    if (this.#gateway) return this.#gateway;
    this.#gateway = await startProcess({ DATABASE_URL: this.#database });
    gateways.push(this.#gateway);
    return this.#gateway;
  }

  /** In a shell with a home folder of its own, with this page's gateway in the place of the one at port 4000. */
  async #command(text: string): Promise<unknown> {
    const lines = text.replaceAll('\\\n', ' ').split('\n');
    const commands = lines.filter((line) => !NOT_RUN.test(line)).join('\n');
    const origin = commands.includes(SHOWN_ORIGIN) ? new URL((await this.#running()).url).origin : '';
    const { stdout } = await run('sh', ['-e', '-c', commands.replaceAll(SHOWN_ORIGIN, origin)], {
      cwd: ROOT,
      env: { ...COMPILE_CACHE, PATH: process.env.PATH, HOME: this.#folder, DATABASE_URL: this.#database },
    });
    return stdout.trimStart().startsWith('{') ? JSON.parse(stdout) : stdout;
  }
}

function isSubscription(text: string): boolean {
  return getOperationAST(parse(text))?.operation === 'subscription';
}

/** Opens a subscription, and ends it as soon as the gateway has accepted it. */
async function subscribe(gateway: GatewayProcess, query: string): Promise<unknown> {
  const accepted = Promise.withResolvers<void>();
  const client = createClient({ url: gateway.url, on: { connected: () => accepted.resolve() } });
  const end = client.subscribe({ query }, { next: () => {}, error: accepted.reject, complete: () => {} });
  await accepted.promise;
  end();
  return { data: {} };
}

function isExample({ language }: Block): boolean {
  return language === 'graphql' || language === 'sh';
}

it.each(PAGES.filter((page) => blocksOf(page).some(isExample)))('the examples of %s work as it says', async (page) => {
  const blocks = blocksOf(page);
  const reader = new Reader();
  for (const [index, block] of blocks.entries()) {
    if (!isExample(block)) continue;
    const answer = await reader.run(block);
    const where = `${page}:${block.line}`;
    const next = blocks[index + 1];
    if (next?.language === 'json') {
      expect({ where, differences: reader.differencesTo(next.text, answer) }).toEqual({ where, differences: [] });
    } else if (block.language === 'graphql') {
      expect({ where, answer }).toEqual({ where, answer: { data: expect.anything() } });
    }
  }
});

it('GraphiQL has the steps of the quick start as its tabs', () => {
  const steps = blocksOf('docs/quick-start.md').filter(({ language }) => language === 'graphql');
  expect(tabs.map(({ query }) => query)).toEqual(steps.map(({ text }) => text));
});

it('the README, the quick start and the tabs of GraphiQL run on one gateway without conflict, in any order', async () => {
  const written = ['README.md', 'docs/quick-start.md'].flatMap(blocksOf);
  const steps = written.filter(({ language }) => language === 'graphql').map(({ text }) => text);
  const operations = [...steps, ...tabs.map(({ query }) => query)].filter((text) => !isSubscription(text));
  const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-docs-'));
  folders.push(folder);
  const gateway = await startProcess({ DATABASE_URL: join(folder, 'gateway.db') });
  gateways.push(gateway);
  const answers: unknown[] = [];
  for (const operation of [...operations.toReversed(), ...operations]) answers.push(await gateway.send(operation));
  expect(JSON.stringify(answers)).not.toMatch(/errors|[Cc]onflict/);
});
