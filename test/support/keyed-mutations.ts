import type { Json } from './start-gateway.ts';

/** Sends an operation that must not have errors, and gives its data. */
export type Run = (query: string, variables?: Record<string, unknown>) => Promise<Json>;

/** A mutation that takes an idempotency key. */
export interface KeyedMutation {
  title: string;
  mutation: string;
  /** What its payload shows. */
  shown: keyof typeof FIELDS;
  /** How many writes to providers one effect of it costs. */
  writes: number;
  /** Makes what it works on, and gives an input that has its effect once. */
  arrange: (run: Run) => Promise<Json>;
  /** What another input says instead; absent: it is about something else. */
  other?: Json;
  /** What an input says instead that is refused. */
  refused: (run: Run) => Promise<Json>;
}

const COUNTS = 'redeemedCount heldCount remaining';
const FIELDS = {
  promoCode: `id code status maxRedemptions ${COUNTS}`,
  coupon: `id name status ${COUNTS}`,
  redemption: `id status cancelReason countedByProvider heldUntil redeemedAt cancelledAt promotion { id ${COUNTS} }`,
};

let texts = 0;
const newText = () => `KEYED-${++texts}`;

/** Calls a mutation and gives its result: `replayed`, and what it shows as `object`. */
export async function call(run: Run, { mutation, shown }: KeyedMutation, input: Json): Promise<Json> {
  const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}`;
  const payload = shown === 'redemption' ? 'RedeemPayload' : `${type}Payload`;
  const result = `__typename ... on ${payload} { replayed object: ${shown} { ${FIELDS[shown]} } }`;
  const data = await run(`mutation ($input: ${type}Input!) { ${mutation}(input: $input) { ${result} } }`, { input });
  return data[mutation];
}

const PAST = '2020-01-01T00:00:00Z';
const TEN = { percentage: '10' };
const nothing = async () => ({ id: 'none' });
const unknownCode = async () => ({ code: 'NOWHERE' });

async function promoCode(run: Run, provider: string): Promise<Json> {
  const input = { provider, code: newText(), discount: TEN, maxRedemptions: 5 };
  const { createPromoCode } = await run(
    `mutation ($input: CreatePromoCodeInput!) {
      createPromoCode(input: $input) { ... on CreatePromoCodePayload { promoCode { id code } } }
    }`,
    { input },
  );
  return createPromoCode.promoCode;
}

async function couponId(run: Run, provider: string): Promise<string> {
  const { createCoupon } = await run(
    `mutation ($input: CreateCouponInput!) {
      createCoupon(input: $input) { ... on CreateCouponPayload { coupon { id } } }
    }`,
    { input: { provider, name: newText(), discount: TEN, maxRedemptions: 5 } },
  );
  return createCoupon.coupon.id;
}

async function redemptionId(run: Run, mutation: 'hold' | 'redeem', use: Json): Promise<string> {
  const type = mutation === 'hold' ? 'HoldPromoCodeInput' : 'RedeemPromoCodeInput';
  const data = await run(
    `mutation ($input: ${type}!) {
      made: ${mutation}PromoCode(input: $input) { ... on RedeemPayload { redemption { id } } }
    }`,
    { input: { ...use, idempotencyKey: newText() } },
  );
  return data.made.redemption.id;
}

async function codeOf(run: Run, provider: string): Promise<Json> {
  return { code: (await promoCode(run, provider)).code };
}

export const KEYED_MUTATIONS: KeyedMutation[] = [
  {
    title: 'createPromoCode',
    mutation: 'createPromoCode',
    shown: 'promoCode',
    // Its coupon, too.
    writes: 2,
    arrange: async () => ({ provider: 'STRIPE_CONNECT', code: newText(), discount: TEN }),
    other: { maxRedemptions: 7 },
    refused: async () => ({ expiresAt: PAST }),
  },
  {
    title: 'createCoupon',
    mutation: 'createCoupon',
    shown: 'coupon',
    writes: 1,
    arrange: async () => ({ provider: 'FLEXPRICE', name: newText(), discount: TEN }),
    other: { metadata: { team: 'growth' } },
    refused: async () => ({ expiresAt: PAST }),
  },
  {
    title: 'updatePromoCode',
    mutation: 'updatePromoCode',
    shown: 'promoCode',
    writes: 1,
    arrange: async (run) => ({ id: (await promoCode(run, 'DURO')).id, maxRedemptions: 6 }),
    other: { maxRedemptions: 7 },
    refused: async () => ({ expiresAt: PAST }),
  },
  {
    title: 'updateCoupon',
    mutation: 'updateCoupon',
    shown: 'coupon',
    writes: 1,
    arrange: async (run) => ({ id: await couponId(run, 'STRIPE_CONNECT'), name: 'Spring' }),
    other: { name: 'Autumn' },
    refused: async () => ({ name: 'longer than Stripe takes'.repeat(2) }),
  },
  {
    title: 'archiveCoupon',
    mutation: 'archiveCoupon',
    shown: 'coupon',
    writes: 1,
    arrange: async (run) => ({ id: await couponId(run, 'FLEXPRICE') }),
    refused: async (run) => ({ id: await couponId(run, 'STRIPE_CONNECT') }),
  },
  {
    title: 'redeemPromoCode',
    mutation: 'redeemPromoCode',
    shown: 'redemption',
    writes: 0,
    arrange: (run) => codeOf(run, 'DURO'),
    other: { customerId: 'cus_1' },
    refused: unknownCode,
  },
  {
    title: 'redeemPromoCode for a subscription',
    mutation: 'redeemPromoCode',
    shown: 'redemption',
    writes: 1,
    arrange: async (run) => ({ ...(await codeOf(run, 'FLEXPRICE')), subscriptionId: 'subs_1' }),
    other: { subscriptionId: 'subs_2' },
    refused: async () => ({ subscriptionId: 'of_another_system' }),
  },
  {
    title: 'redeemCoupon',
    mutation: 'redeemCoupon',
    shown: 'redemption',
    writes: 0,
    arrange: async (run) => ({ couponId: await couponId(run, 'STRIPE_CONNECT') }),
    other: { order: { amount: { minorUnits: 900, currency: 'USD' } } },
    refused: async () => ({ couponId: 'none' }),
  },
  {
    title: 'holdPromoCode',
    mutation: 'holdPromoCode',
    shown: 'redemption',
    writes: 0,
    arrange: (run) => codeOf(run, 'STRIPE_CONNECT'),
    other: { holdSeconds: 60 },
    refused: unknownCode,
  },
  {
    title: 'confirmRedemption',
    mutation: 'confirmRedemption',
    shown: 'redemption',
    writes: 0,
    arrange: async (run) => ({ id: await redemptionId(run, 'hold', await codeOf(run, 'DURO')) }),
    other: { countedByProvider: true },
    refused: nothing,
  },
  {
    title: 'cancelRedemption',
    mutation: 'cancelRedemption',
    shown: 'redemption',
    writes: 0,
    arrange: async (run) => ({ id: await redemptionId(run, 'redeem', await codeOf(run, 'DURO')) }),
    other: { reason: 'changed their mind' },
    refused: nothing,
  },
  {
    title: 'cancelRedemption of a subscription',
    mutation: 'cancelRedemption',
    shown: 'redemption',
    writes: 1,
    arrange: async (run) => {
      const use = { ...(await codeOf(run, 'FLEXPRICE')), subscriptionId: 'subs_1' };
      return { id: await redemptionId(run, 'redeem', use) };
    },
    other: { reason: 'changed their mind' },
    refused: nothing,
  },
];
