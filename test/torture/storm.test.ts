import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startChatdashSimulator } from '../../src/simulators/chatdash/index.ts';
import { CHOSEN_STORES, type TestStore } from '../store/test-stores.ts';
import { mutate, payloadOf } from '../support/mutations.ts';
import { type GatewayProcess, startProcess } from '../support/processes/gateway-process.ts';
import type { Json } from '../support/start-gateway.ts';

/** `npm run torture` sets a larger number. */
const CALLS = Number(process.env.STORM_CALLS ?? 900);
const SEED = Number(process.env.STORM_SEED ?? Date.now() % 1_000_000);
const PROCESSES = 3;
const USES = Math.ceil(CALLS / 20);
const CODES = 10;
const CUSTOMERS = 80;
const PER_CUSTOMER = 2;
const TIMEOUT_MS = 30_000 + CALLS * 100;

const RESULT = `__typename
  ... on RedeemPayload { redemption { id heldUntil promotion { ... on PromoCode { coupon { ...Counts } } ...Counts } } }
  ... on RedemptionRefusedError { reason }`;
const COUNTS = 'fragment Counts on Redeemable { maxRedemptions redeemedCount heldCount }';

const MUTATION = {
  redeem: 'redeemPromoCode',
  coupon: 'redeemCoupon',
  hold: 'holdPromoCode',
  confirm: 'confirmRedemption',
  /** With `countedByProvider`. The provider's counter never rises. */
  counted: 'confirmRedemption',
  cancel: 'cancelRedemption',
} as const;
const READ = 'query ($id: ID!) { coupon(id: $id, policy: FRESH) { ...Counts } }';
const step = fc.record({
  kind: fc.constantFrom<keyof typeof MUTATION | 'read'>(
    ...(['redeem', 'redeem', 'redeem', 'coupon', 'hold', 'hold', 'hold', 'confirm', 'cancel', 'cancel'] as const),
    ...(['counted', 'counted', 'read'] as const),
  ),
  process: fc.nat({ max: PROCESSES - 1 }),
  code: fc.nat({ max: CODES - 1 }),
  customer: fc.nat({ max: CUSTOMERS - 1 }),
  /** A hold of one second expires during the test; one of ten minutes does not. */
  holdSeconds: fc.constantFrom(1, 600),
});

/** A line of the log about a failure that clients see without its reason. */
const FAILURE = /The store failed|A bug was masked/;
/**
 * Why a busy server may fail a call: a limit of time has passed. The caller repeats the call with its idempotency key.
 * What was lost or done twice would show in the counts.
 */
const OVERLOAD = /another program keeps it locked|its server takes too long|none of its connections was free in time/;
const UNAVAILABLE = expect.objectContaining({ extensions: { code: 'UNAVAILABLE', retryable: true } });

type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

describe.each(CHOSEN_STORES)('on %s', (_, createStore) => {
  it(`${PROCESSES} processes on one store never grant more uses than the limit, and lose none (seed ${SEED})`, {
    timeout: TIMEOUT_MS,
  }, async () => {
    const processes = await startProcesses(await createStore());
    const [first] = processes;
    const run = async (query: string, variables?: Record<string, unknown>): Promise<Json> => {
      const { data, errors } = (await first?.send(query, variables)) ?? { data: null };
      expect(errors).toBeUndefined();
      return data;
    };
    const terms = { provider: 'STRIPE_CONNECT', name: 'Storm', discount: { percentage: '10' }, maxRedemptions: USES };
    const couponId: string = payloadOf(await mutate(run, 'createCoupon', terms)).coupon.id;
    for (let index = 0; index < CODES; index += 1) {
      const input = { provider: 'STRIPE_CONNECT', code: `STORM-${index}`, couponId, perCustomerLimit: PER_CUSTOMER };
      expect(await mutate(run, 'createPromoCode', input)).toMatchObject({ __typename: 'CreatePromoCodePayload' });
    }

    const taken: string[] = [];
    const counted = new Set<string>();
    const overLimit: Json[] = [];
    let lastToExpire = { id: '', heldUntil: '' };
    const inputOf = ({ kind, code, customer, holdSeconds }: Step) => {
      const customerId = `cus_${customer}`;
      if (kind === 'coupon') return { couponId, customerId };
      if (kind === 'redeem') return { code: `storm-${code}`, customerId };
      if (kind === 'hold') return { code: `Storm-${code}`, customerId, holdSeconds };
      const id = taken[(customer * CODES + code) % Math.max(1, taken.length)] ?? 'none';
      return kind === 'counted' ? { id, countedByProvider: true } : { id };
    };
    const checkLimits = (promotions: Json[]) => {
      for (const promotion of promotions) {
        const { maxRedemptions, redeemedCount, heldCount } = promotion;
        if (maxRedemptions !== null && redeemedCount + heldCount > maxRedemptions) overLimit.push(promotion);
      }
    };
    const send = async ({ process }: Step, query: string, variables: Record<string, unknown>): Promise<Json> => {
      const one = processes[process];
      for (;;) {
        const { data, errors } = (await one?.send(query, variables)) ?? { data: null };
        if (!errors) return data;
        const codes: string[] = errors.map(({ extensions }: Json) => extensions?.code);
        if (codes.every((code) => code === 'DEADLINE_EXCEEDED')) continue;
        expect(errors).toEqual(codes.map(() => UNAVAILABLE));
        // Only the log has the reason. It may come after the answer.
        await one?.logged(FAILURE);
        expect(one?.linesOfLog(FAILURE).filter((reason) => !OVERLOAD.test(reason))).toEqual([]);
      }
    };
    const play = async (one: Step, index: number) => {
      if (one.kind === 'read') {
        // This read races with the other steps, and the provider's answer includes no confirmed use.
        checkLimits([(await send(one, `${READ} ${COUNTS}`, { id: couponId })).coupon]);
        return;
      }
      const mutation = MUTATION[one.kind];
      const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`;
      const operation = `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${RESULT} } } ${COUNTS}`;
      const result = (await send(one, operation, { input: { ...inputOf(one), idempotencyKey: `storm-${index}` } }))[
        mutation
      ];
      if (result.redemption) taken.push(result.redemption.id);
      if (result.redemption && one.kind === 'counted') counted.add(result.redemption.id);
      const { id = '', heldUntil = null } = result.redemption ?? {};
      if (one.holdSeconds === 1 && heldUntil > lastToExpire.heldUntil) lastToExpire = { id, heldUntil };
      checkLimits(countsIn(result));
    };
    await Promise.all(fc.sample(step, { seed: SEED, numRuns: CALLS }).map(play));
    expect(overLimit).toEqual([]);

    // Waits until the short holds have expired.
    const isHeld = async ({ id }: { id: string }) =>
      (await run('query ($id: ID!) { redemption(id: $id) { status } }', { id })).redemption?.status === 'HELD';
    while (await isHeld(lastToExpire));

    const { coupon } = await run(
      `query ($id: ID!) { coupon(id: $id) { redeemedCount heldCount remaining
          promoCodes { nodes { id redeemedCount heldCount } } } }`,
      { id: couponId },
    );
    const count = async (status: string, promotionId: string) =>
      (
        await run(
          `query ($id: ID!) { redemptions(filter: { promotionId: $id, status: [${status}] }) { totalCount } }`,
          {
            id: promotionId,
          },
        )
      ).redemptions.totalCount;
    // A use that was confirmed as counted by the provider stays counted after its cancellation.
    const given = await givenBack(run, counted);
    const usesOf = async (id: string) => (await count('REDEEMED', id)) + given.filter((ids) => ids.includes(id)).length;
    expect(coupon.redeemedCount).toBe(await usesOf(couponId));
    expect(coupon.heldCount).toBe(await count('HELD', couponId));
    expect(coupon.remaining).toBe(USES - coupon.redeemedCount - coupon.heldCount);
    for (const promoCode of coupon.promoCodes.nodes) {
      expect(promoCode.redeemedCount).toBe(await usesOf(promoCode.id));
      expect(promoCode.heldCount).toBe(await count('HELD', promoCode.id));
    }

    for (let customer = 0; customer < CUSTOMERS; customer += 1) {
      const { redemptions } = await run(
        `query ($id: ID!) { redemptions(first: 100, filter: { customerId: $id, status: [HELD, REDEEMED] })
            { nodes { promotion { ... on PromoCode { id } } } } }`,
        { id: `cus_${customer}` },
      );
      const used: string[] = redemptions.nodes.flatMap(({ promotion }: Json) => promotion.id ?? []);
      const most = Math.max(0, ...used.map((id) => used.filter((other) => other === id).length));
      expect(most).toBeLessThanOrEqual(PER_CUSTOMER);
    }

    // Now exactly the remaining uses can be redeemed.
    let remaining = coupon.remaining;
    for (let index = 0; remaining > 0; index += 1) {
      const answer = await run(
        `mutation { redeemPromoCode(input: { code: "STORM-${index % CODES}", customerId: "late_${index}", idempotencyKey: "late-${index}" })
            { __typename } }`,
      );
      expect(answer.redeemPromoCode.__typename).toBe('RedeemPayload');
      remaining -= 1;
    }
    const over = await run(
      'mutation { redeemPromoCode(input: { code: "STORM-1", customerId: "x", idempotencyKey: "over" }) { ... on RedemptionRefusedError { reason } } }',
    );
    expect(over.redeemPromoCode.reason).toBe('EXHAUSTED');
  });
});

/** Starts the processes on one store, for the running test. */
async function startProcesses(store: TestStore): Promise<GatewayProcess[]> {
  const simulator = await startChatdashSimulator();
  const settings = {
    DATABASE_URL: store.url,
    CHATDASH_API_KEY: simulator.apiKey,
    CHATDASH_BASE_URL: simulator.url,
    STRIPE_CONNECT_ACCOUNTS: 'acct_storm',
    CHATDASH_MAX_AGE_SECONDS: '3600',
  };
  const processes = await Promise.all(Array.from({ length: PROCESSES }, () => startProcess(settings)));
  onTestFinished(async () => {
    await Promise.all(processes.map((one) => one.end('SIGTERM')));
    await simulator.close();
    await store.remove();
  });
  return processes;
}

function countsIn(result: Json): Json[] {
  const promotion = result.redemption?.promotion;
  return promotion ? [promotion, promotion.coupon].filter(Boolean) : [];
}

/** For each use that was confirmed as counted and then cancelled: the promotions that still count it. */
async function givenBack(
  run: (query: string, variables: Record<string, unknown>) => Promise<Json>,
  counted: Set<string>,
) {
  const uses = await Promise.all(
    [...counted].map((id) =>
      run(`query ($id: ID!) { redemption(id: $id) { status promotion { id ... on PromoCode { coupon { id } } } } }`, {
        id,
      }),
    ),
  );
  return uses.flatMap(({ redemption: { status, promotion } }): string[][] =>
    status === 'CANCELLED' ? [[promotion.id, ...(promotion.coupon ? [promotion.coupon.id] : [])]] : [],
  );
}
