import { type MutationName, mutate, payloadOf, type Run } from './mutations.ts';
import type { Json } from './start-gateway.ts';

/** A mutation that takes an idempotency key. */
export interface KeyedMutation {
  title: string;
  mutation: MutationName;
  /** The field of its payload that has the object. */
  shown: 'promoCode' | 'coupon' | 'redemption';
  /** How many writes to providers one effect needs. */
  writes: number;
  /** Creates the objects that it needs, and returns an input. */
  arrange: (run: Run) => Promise<Json>;
  /** Fields that change the input; absent: the test uses another object. */
  other?: Json;
  /** Fields that make the gateway refuse the input. */
  refused: (run: Run) => Promise<Json>;
}

let texts = 0;
const newText = () => `KEYED-${++texts}`;

/** Sends a keyed mutation, and returns the object of its payload as `object`. */
export async function call(run: Run, { mutation, shown }: KeyedMutation, input: Json): Promise<Json> {
  const { [shown]: object, ...rest } = await mutate(run, mutation, input);
  return object ? { ...rest, object } : rest;
}

const PAST = '2020-01-01T00:00:00Z';
const TEN = { percentage: '10' };
const nothing = async () => ({ id: 'none' });
const unknownCode = async () => ({ code: 'NOWHERE' });

async function promoCode(run: Run, provider: string): Promise<Json> {
  const input = { provider, code: newText(), discount: TEN, maxRedemptions: 5 };
  return payloadOf(await mutate(run, 'createPromoCode', input)).promoCode;
}

async function couponId(run: Run, provider: string): Promise<string> {
  const input = { provider, name: newText(), discount: TEN, maxRedemptions: 5 };
  return payloadOf(await mutate(run, 'createCoupon', input)).coupon.id;
}

async function redemptionId(run: Run, mutation: 'holdPromoCode' | 'redeemPromoCode', use: Json): Promise<string> {
  return payloadOf(await mutate(run, mutation, { ...use, idempotencyKey: newText() })).redemption.id;
}

async function codeOf(run: Run, provider: string): Promise<Json> {
  return { code: (await promoCode(run, provider)).code };
}

export const KEYED_MUTATIONS: KeyedMutation[] = [
  {
    title: 'createPromoCode',
    mutation: 'createPromoCode',
    shown: 'promoCode',
    // The code and its coupon.
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
    arrange: async (run) => ({ id: await redemptionId(run, 'holdPromoCode', await codeOf(run, 'DURO')) }),
    other: { countedByProvider: true },
    refused: nothing,
  },
  {
    title: 'cancelRedemption',
    mutation: 'cancelRedemption',
    shown: 'redemption',
    writes: 0,
    arrange: async (run) => ({ id: await redemptionId(run, 'redeemPromoCode', await codeOf(run, 'DURO')) }),
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
      return { id: await redemptionId(run, 'redeemPromoCode', use) };
    },
    other: { reason: 'changed their mind' },
    refused: nothing,
  },
];
