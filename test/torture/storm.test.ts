import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Sandbox, startChatdashSandbox } from '../../src/sandbox/index.ts';
import { type GatewayProcess, startProcess } from '../gateway-process.ts';
import type { Json } from '../start-gateway.ts';

/** `npm run torture` makes it larger. */
const CALLS = Number(process.env.STORM_CALLS ?? 900);
const SEED = Number(process.env.STORM_SEED ?? Date.now() % 1_000_000);
const PROCESSES = 3;
const USES = 40;
const CODES = 4;
const PATIENCE = 30_000 + CALLS * 100;

let folder: string;
let sandbox: Sandbox;
let processes: GatewayProcess[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'promo-gateway-storm-'));
  sandbox = await startChatdashSandbox();
  const settings = {
    DATABASE_URL: join(folder, 'gateway.db'),
    CHATDASH_API_KEY: sandbox.apiKey,
    CHATDASH_BASE_URL: sandbox.url,
    STRIPE_CONNECT_ACCOUNTS: 'acct_storm',
    CHATDASH_FRESH_SECONDS: '3600',
  };
  processes = await Promise.all(Array.from({ length: PROCESSES }, () => startProcess(settings)));
}, PATIENCE);
afterAll(async () => {
  await Promise.all(processes.map((one) => one.end('SIGTERM')));
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

const RESULT = `__typename
  ... on RedeemPayload { redemption { id promotion { ... on PromoCode { coupon { ...Counts } } ...Counts } } }
  ... on RedemptionRefusedError { reason }`;
const COUNTS = 'fragment Counts on Redeemable { maxRedemptions redeemedCount heldCount }';

type Step = { kind: 'redeem' | 'hold' | 'confirm' | 'cancel'; process: number; code: number; customer: number };
const step = fc.record<Step>({
  kind: fc.constantFrom('redeem', 'redeem', 'hold', 'hold', 'confirm', 'cancel', 'cancel'),
  process: fc.nat({ max: PROCESSES - 1 }),
  code: fc.nat({ max: CODES - 1 }),
  customer: fc.nat({ max: 60 }),
});

it(`${PROCESSES} processes on one store never give one use too many, and lose none (seed ${SEED})`, {
  timeout: PATIENCE,
}, async () => {
  const [first] = processes;
  const run = async (query: string, variables?: Record<string, unknown>): Promise<Json> => {
    const { data, errors } = (await first?.send(query, variables)) ?? { data: null };
    expect(errors).toBeUndefined();
    return data;
  };
  const { createCoupon } = await run(
    `mutation { createCoupon(input: { provider: STRIPE_CONNECT, name: "Storm", discount: { percentage: "10" },
        maxRedemptions: ${USES} }) { ... on CreateCouponPayload { coupon { id } } } }`,
  );
  const couponId = createCoupon.coupon.id;
  for (let index = 0; index < CODES; index += 1) {
    await run(
      `mutation ($couponId: ID!) { createPromoCode(input: { provider: STRIPE_CONNECT, code: "STORM-${index}",
          couponId: $couponId, perCustomerLimit: 2 }) { ... on CreatePromoCodePayload { promoCode { id } } } }`,
      { couponId },
    );
  }

  const taken: string[] = [];
  const overdrawn: Json[] = [];
  const play = async ({ kind, process, code, customer }: Step, index: number): Promise<void> => {
    const input: Json = { idempotencyKey: `storm-${index}` };
    if (kind === 'confirm' || kind === 'cancel') input.id = taken[customer % Math.max(1, taken.length)] ?? 'none';
    else Object.assign(input, { code: `storm-${code}`, customerId: `cus_${customer}` });
    const mutation = {
      redeem: 'redeemPromoCode',
      hold: 'holdPromoCode',
      confirm: 'confirmRedemption',
      cancel: 'cancelRedemption',
    }[kind];
    const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`;
    const { data, errors } = (await processes[process]?.send(
      `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${RESULT} } } ${COUNTS}`,
      { input },
    )) ?? { data: null };
    expect(errors).toBeUndefined();
    const result = data[mutation];
    if (result.redemption) taken.push(result.redemption.id);
    for (const { maxRedemptions, redeemedCount, heldCount } of countsIn(result)) {
      if (maxRedemptions !== null && redeemedCount + heldCount > maxRedemptions) overdrawn.push(result);
    }
  };
  await Promise.all(fc.sample(step, { seed: SEED, numRuns: CALLS }).map(play));
  expect(overdrawn).toEqual([]);

  const { coupon } = await run(
    `query ($id: ID!) { coupon(id: $id) { redeemedCount heldCount remaining
        promoCodes { nodes { id redeemedCount heldCount } } } }`,
    { id: couponId },
  );
  const count = async (status: string, promotionId: string) =>
    (
      await run(`query ($id: ID!) { redemptions(filter: { promotionId: $id, status: [${status}] }) { totalCount } }`, {
        id: promotionId,
      })
    ).redemptions.totalCount;
  expect(coupon.redeemedCount).toBe(await count('REDEEMED', couponId));
  expect(coupon.heldCount).toBe(await count('HELD', couponId));
  expect(coupon.remaining).toBe(USES - coupon.redeemedCount - coupon.heldCount);
  for (const promoCode of coupon.promoCodes.nodes) {
    expect(promoCode.redeemedCount).toBe(await count('REDEEMED', promoCode.id));
    expect(promoCode.heldCount).toBe(await count('HELD', promoCode.id));
  }

  // When it is quiet, exactly what is left can still be used.
  let left = coupon.remaining;
  for (let index = 0; left > 0; index += 1) {
    const answer = await run(
      `mutation { redeemPromoCode(input: { code: "STORM-0", customerId: "late_${index}", idempotencyKey: "late-${index}" })
          { __typename } }`,
    );
    expect(answer.redeemPromoCode.__typename).toBe('RedeemPayload');
    left -= 1;
  }
  const over = await run(
    'mutation { redeemPromoCode(input: { code: "STORM-1", customerId: "x", idempotencyKey: "over" }) { ... on RedemptionRefusedError { reason } } }',
  );
  expect(over.redeemPromoCode.reason).toBe('EXHAUSTED');
});

function countsIn(result: Json): Json[] {
  const promotion = result.redemption?.promotion;
  return promotion ? [promotion, promotion.coupon].filter(Boolean) : [];
}
