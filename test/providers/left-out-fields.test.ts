import { isDeepStrictEqual } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { ProviderError } from '../../src/domain/provider/provider-error.ts';
import { chatdash, duro, flexprice, stripe } from '../../src/providers/index.ts';
import type { Json } from '../support/start-gateway.ts';
import { CODE, COUPON } from './chatdash/answers.ts';
import { openScripted, type Scripted } from './open-scripted.ts';
import { CODE as STRIPE_CODE, COUPON as STRIPE_COUPON } from './stripe/answers.ts';

const DURO = await openScripted(duro, 'DURO_BASE_URL', { DURO_API_KEY: 'sk_test_1' });
const FLEXPRICE = await openScripted(flexprice, 'FLEXPRICE_BASE_URL', { FLEXPRICE_API_KEY: 'sk_1' });
const CHATDASH = await openScripted(chatdash, 'CHATDASH_BASE_URL', {
  CHATDASH_API_KEY: 'CD.1',
  STRIPE_CONNECT_ACCOUNTS: 'acct_1',
});
const STRIPE = await openScripted(stripe, 'STRIPE_BASE_URL', { STRIPE_SECRET_KEY: 'sk_test_1' });
afterAll(() => Promise.all([DURO, FLEXPRICE, CHATDASH, STRIPE].map(({ close }) => close())));

const DURO_CODE = {
  id: 'promo_1',
  code: 'LAUNCH50',
  discountType: 'percentage',
  discountValue: 50,
  duration: 'once',
  redeemedCount: 3,
  remaining: 97,
  active: false,
  expiresAt: '2027-01-31T23:59:59Z',
  createdAt: '2026-06-28T09:00:00.000Z',
};
const FLEXPRICE_CODE = {
  id: 'coupon_1',
  name: 'Launch 15',
  redeem_after: '2026-08-23T00:00:00Z',
  redeem_before: '2026-12-31T23:59:59Z',
  max_redemptions: 100,
  total_redemptions: 4,
  amount_off: '7.5',
  percentage_off: '15',
  type: 'percentage',
  cadence: 'repeated',
  duration_in_periods: 3,
  currency: 'usd',
  coupon_code: 'launch15',
  metadata: { team: 'a', promo_gateway_intent: 'intent_1' },
  status: 'archived',
  created_at: '2026-08-22T13:00:00.123456Z',
};
const FIXED = { percent_off: null, amount_off: 500, currency: 'usd' };
const LIMITED = { ...COUPON, max_redemptions: 6, redeem_by: 1_900_000_000, valid: false };
const PRODUCTS = { ...COUPON, applies_to: { products: ['prod_1'] } };
const RESTRICTED = { first_time_transaction: true, minimum_amount: 1000, minimum_amount_currency: 'usd' };

interface Answered {
  of: string;
  scripted: Scripted;
  whole: object;
  /** Reads an answer of this shape through the adapter. */
  read: (scripted: Scripted, answer: object) => Promise<unknown>;
}

const readCode = ({ provider, server }: Scripted, answer: object) => {
  server.answer(answer);
  return Promise.resolve(provider.readPromoCode?.('promo_1', {}));
};
const findCode = async ({ provider, server }: Scripted, answer: object) => {
  server.answer(answer);
  return (await provider.findPromoCodes?.('launch15', {}))?.[0];
};
const readCoupon = ({ provider, server }: Scripted, answer: object) => {
  server.answer(answer);
  return Promise.resolve(provider.readCoupon?.('Z4OV52SU', {}));
};
const listCoupon = async ({ provider, server }: Scripted, answer: object) => {
  server.answer({ data: [answer], has_more: false });
  return (await provider.listCoupons?.({ limit: 1 }, {}))?.items[0];
};
/** The adapter searches for a coupon of which it has only the id. This list does not contain it. */
const listCode = async ({ provider, server }: Scripted, answer: object) => {
  server.treat(({ url }, response) => {
    const data = url?.includes('/promotion-codes') ? [answer] : [];
    response.end(JSON.stringify({ data, has_more: false }));
  });
  return (await provider.listPromoCodes?.({ limit: 1, couponId: 'rgJkxQB4' }, {}))?.items[0];
};

const ANSWERS: Answered[] = [
  { of: "Duro's promo code", scripted: DURO, whole: DURO_CODE, read: readCode },
  {
    of: "Duro's promo code of an amount",
    scripted: DURO,
    whole: { ...DURO_CODE, discountType: 'fixed' },
    read: readCode,
  },
  { of: "Flexprice's coupon", scripted: FLEXPRICE, whole: FLEXPRICE_CODE, read: findCode },
  {
    of: "Flexprice's coupon of an amount",
    scripted: FLEXPRICE,
    whole: { ...FLEXPRICE_CODE, type: 'fixed' },
    read: findCode,
  },
  { of: "ChatDash's coupon", scripted: CHATDASH, whole: COUPON, read: listCoupon },
  { of: "ChatDash's coupon of an amount", scripted: CHATDASH, whole: { ...COUPON, ...FIXED }, read: listCoupon },
  { of: "ChatDash's coupon that is used up", scripted: CHATDASH, whole: LIMITED, read: listCoupon },
  { of: "ChatDash's coupon for some products", scripted: CHATDASH, whole: PRODUCTS, read: listCoupon },
  {
    of: "ChatDash's promotion code",
    scripted: CHATDASH,
    whole: { ...CODE, restrictions: RESTRICTED },
    read: listCode,
  },
  {
    of: "ChatDash's promotion code that is used up",
    scripted: CHATDASH,
    whole: { ...CODE, coupon: LIMITED, active: false, times_redeemed: 10 },
    read: listCode,
  },
  { of: "Stripe's coupon", scripted: STRIPE, whole: STRIPE_COUPON, read: readCoupon },
  { of: "Stripe's promotion code", scripted: STRIPE, whole: STRIPE_CODE, read: readCode },
];

/** Fields whose absence has a meaning: no code, or one entry of metadata or one currency less. */
const SPEAKING = /^coupon_code$|(^|,)(metadata|currency_options),/;

describe.each(ANSWERS)('$of', ({ scripted, whole, read }) => {
  const paths = pathsOf(whole).filter((path) => !SPEAKING.test(path.join()));

  test.each(paths.map((path) => [path.join('.'), path] as const))(
    'without %s is read without a wrong value',
    async (_, path) => {
      const known = await read(scripted, whole);
      const told = await read(scripted, without(whole, path)).catch(asFailure);

      // An unreadable answer fails as MALFORMED_ANSWER; in a list it is skipped.
      if (told === 'MALFORMED_ANSWER' || told === undefined) return;
      expect(contradictions(told, known)).toEqual([]);
    },
  );
});

function asFailure(error: unknown): string {
  if (error instanceof ProviderError) return error.kind;
  throw error;
}

/** The paths of all fields, including those of nested objects. */
function pathsOf(answer: object): string[][] {
  return Object.entries(answer).flatMap(([key, value]) => [
    [key],
    ...(isObject(value) ? pathsOf(value).map((path) => [key, ...path]) : []),
  ]);
}

function without(answer: object, [key = '', ...rest]: string[]): object {
  return Object.fromEntries(
    Object.entries(answer).flatMap(([name, value]) => {
      if (name !== key) return [[name, value]];
      return rest.length > 0 ? [[name, without(value, rest)]] : [];
    }),
  );
}

/** The values of a reading that are known but differ from those of the whole answer. */
function contradictions(told: Json, known: Json): string[] {
  return Object.keys(told).filter((fact) => {
    const [is, was] = [told[fact], known[fact]];
    if (is === undefined || isDeepStrictEqual(is, was)) return false;
    // `remaining` is set only if the count is unknown, and the mark of a write may be missing.
    // An inactive promotion counts as inactive even if the reason is missing.
    if (fact === 'active' && is === false) return false;
    if (fact === 'remaining' || (fact === 'intentId' && is === null)) return false;
    if (fact === 'duration') return is.kind !== was.kind || (is.count !== null && is.count !== was.count);
    // Without options, the stored ones stay.
    if (fact === 'discount' && is.currencyOptions === undefined) {
      return !isDeepStrictEqual({ ...is, currencyOptions: was.currencyOptions }, was);
    }
    if (fact !== 'coupon') return true;
    if (is.providerId !== was.providerId) return true;
    return is.kind === 'Coupon' && contradictions(is, was).length > 0;
  });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
