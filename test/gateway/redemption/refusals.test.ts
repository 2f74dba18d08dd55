import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../src/simulators/index.ts';
import { chatdashClient } from '../../simulators/client.ts';
import { sharedGateway } from '../../support/gateways.ts';
import { payloadOf } from '../../support/mutations.ts';
import { type Obstacle, openShop } from '../../support/shop.ts';
import { type Json, startGateway } from '../../support/start-gateway.ts';

const gateway = await sharedGateway();
const shop = openShop(gateway);

/** Refuses all further calls with 401, which the gateway does not retry. */
const locksOut: Fault = {
  kind: 'answer',
  status: 401,
  body: 'UNAUTHORIZED_KEY at http://provider',
  times: Number.POSITIVE_INFINITY,
};
const stripe = (input: Json = {}) => ({ provider: 'STRIPE_CONNECT', ...input });
/** Another customer takes the last use that the limit allows. */
const redeemedElsewhere = async (code: string): Promise<string> => payloadOf(await shop.redeem({ code })).redemption.id;
const useOf = ({ code }: Json): Json => ({ code, order: { id: shop.newKey() } });

/** Makes the next list of a coupon's codes answer with changed fields that the simulator cannot produce otherwise. */
async function showNext(coupon: Json, changed: { code?: Json; coupon?: Json }): Promise<void> {
  const path = `/coupons/${coupon.providerId}/promotion-codes`;
  const list: Json = (await chatdashClient(gateway.chatdash, 'acct_one')('GET', path)).body;
  const data = list.data.map((code: Json) => ({
    ...code,
    active: true,
    ...changed.code,
    coupon: { ...code.coupon, ...changed.coupon },
  }));
  gateway.chatdash.fail({ kind: 'answer', status: 200, body: { ...list, data }, path: new RegExp(path) });
}

const OUTSIDE_THE_CODE: Obstacle[] = [
  [
    'NOT_FOUND',
    'no provider has the code',
    async () => ({ use: useOf({ code: 'NOWHERE' }), cure: () => shop.createPromoCode({ code: 'NOWHERE' }) }),
  ],
  [
    'AMBIGUOUS_CODE',
    'two providers have the code',
    async () => {
      const { id } = await shop.createPromoCode({ code: 'TWICE' });
      await shop.createPromoCode({ provider: 'FLEXPRICE', code: 'TWICE' });
      return { use: useOf({ code: 'TWICE' }), cure: () => shop.update({ id, active: false }) };
    },
  ],
  [
    'CANNOT_VERIFY',
    'the code is not fresh and its provider does not answer',
    async () => {
      const use = useOf(await shop.createPromoCode());
      gateway.advance(61_000);
      gateway.duro.fail(locksOut);
      return { use, details: { retryAfterSeconds: 5 }, cure: () => gateway.duro.heal() };
    },
  ],
  [
    'CANNOT_VERIFY',
    'a provider that may know the code does not answer',
    async () => {
      gateway.flexprice.fail(locksOut);
      const cure = () => {
        gateway.flexprice.heal();
        return shop.createPromoCode({ code: 'MAYBE' });
      };
      return { use: useOf({ code: 'MAYBE' }), details: { retryAfterSeconds: 5 }, cure };
    },
  ],
];

const STATE: Obstacle[] = [
  [
    'EXPIRED',
    'the code has ended',
    async () => {
      const { id, code } = await shop.createPromoCode({ expiresAt: shop.inSeconds(60) });
      gateway.advance(60_000);
      return { use: useOf({ code }), cure: () => shop.update({ id, expiresAt: null }) };
    },
  ],
  [
    'EXPIRED',
    'its coupon has ended and the code itself has not',
    async () => {
      const coupon = await shop.createCoupon({ expiresAt: shop.inSeconds(60) });
      const use = useOf(await shop.createPromoCode(stripe({ couponId: coupon.id })));
      gateway.advance(60_000);
      await showNext(coupon, { code: { expires_at: null } });
      return { use, instead: { code: (await shop.createPromoCode()).code } };
    },
  ],
  [
    'EXHAUSTED',
    'the code is used up',
    async () => {
      const { code } = await shop.createPromoCode({ maxRedemptions: 1 });
      const used = await redeemedElsewhere(code);
      return { use: useOf({ code }), cure: () => shop.cancel(used) };
    },
  ],
  [
    'EXHAUSTED',
    'the code was used up at its provider',
    async () => {
      const { id, code, providerId } = await shop.createPromoCode({ maxRedemptions: 1 });
      gateway.duro.redeem(providerId);
      gateway.advance(61_000);
      // Reads the new count before the comparison.
      await shop.quote({ code });
      return { use: useOf({ code }), cure: () => shop.update({ id, maxRedemptions: 2 }) };
    },
  ],
  [
    'EXHAUSTED',
    'its coupon is used up by another code',
    async () => {
      const { id: couponId } = await shop.createCoupon({ maxRedemptions: 1 });
      const [one, other] = [
        await shop.createPromoCode(stripe({ couponId })),
        await shop.createPromoCode(stripe({ couponId })),
      ];
      const used = await redeemedElsewhere(one.code);
      return { use: useOf(other), cure: () => shop.cancel(used) };
    },
  ],
  [
    'EXHAUSTED',
    'the last use of the code is held',
    async () => {
      const { code } = await shop.createPromoCode({ maxRedemptions: 1 });
      await shop.hold({ code, holdSeconds: 60 });
      return { use: useOf({ code }), details: { retryAfterSeconds: 60 }, cure: () => gateway.advance(60_000) };
    },
  ],
  [
    'EXHAUSTED',
    'the last use of its coupon is held by another code',
    async () => {
      const { id: couponId } = await shop.createCoupon({ maxRedemptions: 1 });
      const { code } = await shop.createPromoCode(stripe({ couponId }));
      await shop.hold({ code: (await shop.createPromoCode(stripe({ couponId }))).code, holdSeconds: 90 });
      return { use: useOf({ code }), details: { retryAfterSeconds: 90 }, cure: () => gateway.advance(90_000) };
    },
  ],
  ...['DURO', 'FLEXPRICE'].map(
    (provider): Obstacle => [
      'INACTIVE',
      `the code of ${provider} is switched off`,
      async () => {
        const { id, code } = await shop.createPromoCode({ provider });
        await shop.update({ id, active: false });
        return { use: useOf({ code }), cure: () => shop.update({ id, active: true }) };
      },
    ],
  ),
  [
    'COUPON_INVALID',
    'its coupon was taken out of use',
    async () => {
      const coupon = await shop.createCoupon();
      const use = useOf(await shop.createPromoCode(stripe({ couponId: coupon.id })));
      gateway.advance(61_000);
      await showNext(coupon, { coupon: { valid: false } });
      return { use, instead: { code: (await shop.createPromoCode()).code } };
    },
  ],
  [
    'NOT_STARTED',
    'the code has not started',
    async () => {
      const use = useOf(await shop.createPromoCode({ provider: 'FLEXPRICE', startsAt: shop.inSeconds(60) }));
      return { use, cure: () => gateway.advance(60_000) };
    },
  ],
  [
    'NOT_STARTED',
    'its coupon has not started',
    async () => {
      const { id: couponId } = await shop.createCoupon({ startsAt: shop.inSeconds(60) });
      const use = useOf(await shop.createPromoCode(stripe({ couponId })));
      return { use, cure: () => gateway.advance(60_000) };
    },
  ],
];

describe('a use is refused as', () => {
  it.each([...OUTSIDE_THE_CODE, ...STATE])('%s: %s', async (reason, _, arrange) => {
    await shop.expectRefused(reason, await arrange());
  });
});

it('CANNOT_VERIFY passes on when the provider accepts calls again', async () => {
  const busy = await startGateway();
  const shopThere = openShop(busy);
  const { code } = await shopThere.createPromoCode();
  busy.advance(61_000);
  busy.duro.fail({ kind: 'answer', status: 429, headers: { 'retry-after': '30' }, times: Number.POSITIVE_INFINITY });
  const refused = await shopThere.redeem({ code });
  await busy.stop();
  expect(refused).toMatchObject({ reason: 'CANNOT_VERIFY', retryAfterSeconds: 30 });
});
