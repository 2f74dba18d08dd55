/*
 * Measures reads over HTTP from 100,000 stored promo codes: hits of the answer cache (random ones of 2,000), misses (each
 * id once), pages of 50, and hits while another process changes codes. Compares them with the same look-up behind
 * node:http alone, a trivial Yoga, and Mercurius. Rounds of all alternate, so a busy machine slows all: compare the CPU
 * time of the server per request. OTHER=…/src/main.ts measures another version of the gateway as well.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { encodeCursor } from '../../src/store/lists/cursor.ts';
import { type GatewayProcess, startProcess } from '../support/processes/gateway-process.ts';
import { benchCode, createReadStore } from './read-store.ts';

const ROUNDS = Number(process.env.ROUNDS ?? 4);
/** How many requests a server gets in a round. */
const REQUESTS = Number(process.env.REQUESTS ?? 20_000);
const OTHER = process.env.OTHER;
const CODES = 100_000;
const HOT_CODES = 2000;
const PAGE = 50;
const CHANGES_PER_SECOND = 50;

const FIELDS = 'id code provider account providerId maxRedemptions redeemedCount heldCount startsAt createdAt';
const READ = `query ($id: ID!) { promoCode(id: $id) { ${FIELDS} } }`;
const READ_PAGE = `query ($after: String!) { promoCodes(first: ${PAGE}, after: $after) { nodes { ${FIELDS} } } }`;

type Variables = Record<string, string>;
const figures = z.object({ perSecond: z.number(), p50: z.number(), p99: z.number() });
type Round = z.infer<typeof figures> & { cpu: number };

/** What is measured. */
interface Subject {
  name: string;
  server: GatewayProcess;
  query: string;
  /** The variables of the requests in a round. */
  variables: (round: number) => Variables[];
  amount: number;
  /** Whether another process changes codes. */
  isChanging?: boolean;
}

const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-bench-'));
const file = join(folder, 'gateway.db');
const ids = shuffled((await createReadStore(file, CODES)).map((id) => ({ id })));
const cursors = shuffled(Array.from({ length: CODES / PAGE }, (_, page) => ({ after: cursorOf(PAGE * (page + 1)) })));
const settings = {
  // As in the image. GraphQL.js checks more without it.
  NODE_ENV: 'production',
  DATABASE_URL: file,
  DURO_API_KEY: 'sk_test_bench',
  DURO_BASE_URL: 'http://127.0.0.1:9',
  DURO_MAX_AGE_SECONDS: '36000',
};

const hits = { query: READ, variables: () => ids.slice(0, HOT_CODES), amount: REQUESTS };
const misses = { query: READ, ...onceIn(ids, REQUESTS) };
const pages = { query: READ_PAGE, ...onceIn(cursors, REQUESTS / PAGE) };
const peers = ['bare-server', 'yoga-server', 'peers/mercurius-server'];
const gateways = OTHER === undefined ? ['src/main.ts'] : ['src/main.ts', OTHER];

const subjects: Subject[] = [];
for (const name of peers) {
  subjects.push({ name, server: await startProcess(settings, `test/bench/${name}.ts`), ...hits });
}
for (const program of gateways) {
  const server = await startProcess(settings, program);
  const of = program === OTHER ? 'other' : 'gateway';
  subjects.push(
    { name: `${of}: hits`, server, ...hits },
    { name: `${of}: misses`, server, ...misses },
    { name: `${of}: page of ${PAGE}`, server, ...pages },
    { name: `${of}: hits under changes`, server, ...hits, isChanging: true },
  );
}

/** Divides variables among the rounds, so that none are sent twice. The first round is to warm up. */
function onceIn(all: Variables[], most: number) {
  const amount = Math.floor(Math.min(most, all.length / (ROUNDS + 1)));
  return { amount, variables: (round: number) => all.slice(round * amount, (round + 1) * amount) };
}

function shuffled<Value>(values: Value[]): Value[] {
  const order = new Map(values.map((value) => [value, Math.random()]));
  return values.toSorted((one, other) => (order.get(one) ?? 0) - (order.get(other) ?? 0));
}

/** The place before a promo code in the list of the newest. The store numbers them from 1. */
function cursorOf(number: number): string {
  const { createdAt } = benchCode(number);
  return encodeCursor({ sort: 'CREATED_AT_DESC', value: createdAt, tie: number + 1 });
}

/** Lets another process change codes while `work` runs. */
async function whileChanging<Result>(work: () => Promise<Result>): Promise<Result> {
  const changes = {
    CHANGED_IDS: JSON.stringify(ids.slice(0, HOT_CODES).map(({ id }) => id)),
    CHANGES_PER_SECOND: String(CHANGES_PER_SECOND),
  };
  const env = { ...process.env, DATABASE_URL: file, ...changes };
  const child = spawn(process.execPath, ['test/bench/change-codes.ts'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  try {
    return await work();
  } finally {
    child.kill('SIGTERM');
  }
}

async function measure({ server, query, variables, amount, isChanging }: Subject, round: number): Promise<Round> {
  if (isChanging) return whileChanging(() => load(server, { query, variables: variables(round), amount }));
  return load(server, { query, variables: variables(round), amount });
}

async function load(server: GatewayProcess, requests: { query: string; variables: Variables[]; amount: number }) {
  const child = spawn(process.execPath, ['test/bench/peers/load.ts'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const before = await server.cpuTime();
  child.stdin.end(JSON.stringify({ url: server.url, ...requests }));
  const printed = figures.parse(JSON.parse(await text(child.stdout)));
  return { ...printed, cpu: ((await server.cpuTime()) - before) / requests.amount };
}

const rounds = new Map<Subject, Round[]>(subjects.map((subject) => [subject, []]));
for (let round = 0; round <= ROUNDS; round += 1) {
  for (const [subject, measured] of rounds) {
    const figures = await measure(subject, round);
    if (round > 0) measured.push(figures);
  }
}

/** The round in which a server needed the least CPU time: what else runs on the machine only adds to it. */
function best(measured: Round[]): Round {
  return measured.reduce((one, other) => (other.cpu < one.cpu ? other : one));
}

const [bare = 1] = [...rounds.values()].map((measured) => best(measured).cpu);
for (const [{ name }, measured] of rounds) {
  const { cpu, perSecond, p50, p99 } = best(measured);
  const ratio = `${(cpu / bare).toFixed(2)} × bare`;
  const rest = `${perSecond.toFixed(0)} requests/s, p50 ${p50} ms, p99 ${p99} ms`;
  process.stdout.write(
    `${name.padEnd(27)} ${cpu.toFixed(0).padStart(6)} µs CPU each, ${ratio.padStart(13)}, ${rest}\n`,
  );
}
for (const server of new Set(subjects.map((subject) => subject.server))) await server.end('SIGTERM');
rmSync(folder, { recursive: true, force: true });
