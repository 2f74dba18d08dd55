import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Sandbox, startDuroSandbox, startFlexpriceSandbox } from '../../src/sandbox/index.ts';
import { type GatewayProcess, startProcess } from '../gateway-process.ts';
import type { Json } from '../start-gateway.ts';

/** `npm run torture` makes it longer. */
const CRASHES = Number(process.env.CRASHES ?? 2);
const SEED = Number(process.env.CRASH_SEED ?? Date.now() % 1_000_000);
const CALLS = 60;
const PATIENCE = 60_000 + CRASHES * 20_000;

let folder: string;
let duro: Sandbox;
let flexprice: Sandbox;
let settings: Record<string, string>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'promo-gateway-crash-'));
  duro = await startDuroSandbox();
  flexprice = await startFlexpriceSandbox();
  settings = {
    DATABASE_URL: join(folder, 'gateway.db'),
    DURO_API_KEY: duro.apiKey,
    DURO_BASE_URL: duro.url,
    FLEXPRICE_API_KEY: flexprice.apiKey,
    FLEXPRICE_BASE_URL: flexprice.url,
  };
});
afterAll(async () => {
  await Promise.all([duro.close(), flexprice.close()]);
  rmSync(folder, { recursive: true, force: true });
});

const REDEEM = `mutation ($input: RedeemPromoCodeInput!) {
  redeemPromoCode(input: $input) {
    ... on RedeemPayload { redemption { id status } }
    ... on PromotionError { message }
  }
}`;
const CREATE = `mutation ($input: CreatePromoCodeInput!) {
  createPromoCode(input: $input) { ... on CreatePromoCodePayload { promoCode { id } } ... on PromotionError { message } }
}`;

/** One write under its key. Its answer is the id of what it made; undefined when the process died first. */
async function write(gateway: GatewayProcess, round: number, index: number): Promise<string | undefined> {
  const idempotencyKey = `crash-${round}-${index}`;
  const isCreation = index % 6 === 0;
  const input = isCreation
    ? {
        provider: index % 12 ? 'DURO' : 'FLEXPRICE',
        code: `MADE-${round}-${index}`,
        discount: { percentage: '5' },
        idempotencyKey,
      }
    : { code: `CRASH-${round}`, customerId: `cus_${index}`, idempotencyKey };
  try {
    const { data } = await gateway.send(isCreation ? CREATE : REDEEM, { input });
    const answer: Json = data.createPromoCode ?? data.redeemPromoCode;
    return answer.promoCode?.id ?? answer.redemption?.id;
  } catch {
    return undefined;
  }
}

it.each(fc.sample(fc.nat({ max: CALLS }), { seed: SEED, numRuns: CRASHES }).map((after, round) => ({ round, after })))(
  `kill -9 after $after answers loses nothing that was answered, and doubles nothing (seed ${SEED})`,
  { timeout: PATIENCE },
  async ({ round, after }) => {
    const first = await startProcess(settings);
    await first.send(CREATE, { input: { provider: 'DURO', code: `CRASH-${round}`, discount: { percentage: '5' } } });
    let answers = 0;
    const reached = Promise.withResolvers<void>();
    const indices = Array.from({ length: CALLS }, (_, index) => index);
    const writes = indices.map(async (index) => {
      const id = await write(first, round, index);
      answers += 1;
      if (answers >= after) reached.resolve();
      return id;
    });
    if (after > 0) await reached.promise;
    await first.end('SIGKILL');
    const acknowledged = await Promise.all(writes);

    const second = await startProcess(settings);
    const repeated = await Promise.all(indices.map((index) => write(second, round, index)));
    expect(repeated.every((id) => id !== undefined)).toBe(true);
    for (const [index, id] of acknowledged.entries()) {
      if (id !== undefined) expect(repeated[index]).toBe(id);
    }
    expect(new Set(repeated).size).toBe(CALLS);

    const { data } = await second.send(
      `query ($code: String!, $made: String!) {
        promoCodeByCode(code: $code) { redeemedCount redemptions(first: 100) { nodes { id status } } }
        promoCodes(filter: { codePrefix: $made }) { totalCount }
      }`,
      { code: `CRASH-${round}`, made: `MADE-${round}-` },
    );
    const redeemed = data.promoCodeByCode.redemptions.nodes.filter(({ status }: Json) => status === 'REDEEMED');
    expect(data.promoCodes.totalCount).toBe(CALLS / 6);
    expect(redeemed).toHaveLength(CALLS - CALLS / 6);
    expect(data.promoCodeByCode.redeemedCount).toBe(redeemed.length);
    expect(await second.end('SIGTERM')).toBe(0);
  },
);
