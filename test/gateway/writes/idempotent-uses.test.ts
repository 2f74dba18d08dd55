import { describe, expect, it } from 'vitest';
import { sharedGateway } from '../../support/gateways.ts';
import { call, KEYED_MUTATIONS } from '../../support/keyed-mutations.ts';
import { openShop } from '../../support/shop.ts';
import type { Json } from '../../support/start-gateway.ts';

const MONTH = 30 * 24 * 60 * 60 * 1000;

const gateway = await sharedGateway();
const shop = openShop(gateway);

/**
 * A call that takes a use, always with the same input, and one that takes a use of the same promotion for another
 * customer.
 */
interface Uses {
  take: () => Promise<Json>;
  takeElsewhere: () => Promise<Json>;
}

async function usesOfCode(
  take: (use: Json) => Promise<Json>,
  { maxRedemptions, provider = 'DURO' }: { maxRedemptions: number; provider?: string },
): Promise<Uses> {
  const { code } = await shop.createPromoCode({ provider, maxRedemptions });
  const use = { code, idempotencyKey: shop.newKey() };
  return { take: () => take(use), takeElsewhere: () => shop.hold({ code }) };
}

async function usesOfCoupon(maxRedemptions: number): Promise<Uses> {
  const { id: couponId } = await shop.createCoupon({ maxRedemptions });
  const use = { couponId, idempotencyKey: shop.newKey() };
  return { take: () => shop.redeemCoupon(use), takeElsewhere: () => shop.redeemCoupon({ couponId }) };
}

type Way = [way: string, uses: (maxRedemptions: number) => Promise<Uses>];
const WAYS: Way[] = [
  ['redeeming a code', (maxRedemptions) => usesOfCode((use) => shop.redeem(use), { maxRedemptions })],
  ['holding a code', (maxRedemptions) => usesOfCode((use) => shop.hold(use), { maxRedemptions })],
  ['redeeming a coupon', usesOfCoupon],
];
const SUBSCRIPTION: Way = [
  'redeeming for a subscription',
  (maxRedemptions) =>
    usesOfCode((use) => shop.redeem({ ...use, subscriptionId: 'subs_1' }), { maxRedemptions, provider: 'FLEXPRICE' }),
];

it.each([...WAYS, SUBSCRIPTION])('%s succeeds after a refusal as EXHAUSTED once a use is freed', async (_, uses) => {
  const { take, takeElsewhere } = await uses(1);
  const { redemption } = await takeElsewhere();
  expect(await take()).toMatchObject({ reason: 'EXHAUSTED' });
  expect(await take()).toMatchObject({ reason: 'EXHAUSTED' });
  await shop.cancel(redemption.id);
  const taken = await take();
  expect(taken).toMatchObject({ replayed: false });
  expect(await take()).toEqual({ ...taken, replayed: true });
  expect(await takeElsewhere()).toMatchObject({ reason: 'EXHAUSTED' });
});

it.each(WAYS)('%s replays its redemption after that was cancelled', async (_, uses) => {
  const { take } = await uses(2);
  const { redemption } = await take();
  await shop.cancel(redemption.id);
  expect(await take()).toMatchObject({ replayed: true, redemption: { id: redemption.id, status: 'CANCELLED' } });
});

it.each(WAYS)('%s takes another use after 30 days', async (_, uses) => {
  const { take } = await uses(2);
  const first = await take();
  gateway.advance(MONTH);
  const later = await take();
  expect(later).toMatchObject({ replayed: false });
  expect(later.redemption.id).not.toBe(first.redemption.id);
});

const keyedMutation = (title: string) => {
  const found = KEYED_MUTATIONS.find((keyed) => keyed.title === title);
  if (!found) throw new Error(`There is no ${title}`);
  return found;
};

describe('an idempotency key accepts the same input in another spelling', () => {
  it.each<[title: string, one: () => Promise<Json>, other: Json]>([
    [
      'createPromoCode',
      async () => ({
        provider: 'FLEXPRICE',
        code: 'SAME',
        discount: { percentage: '12.5' },
        expiresAt: '2100-01-01T00:00:00Z',
        metadata: { team: 'growth', market: 'NG' },
      }),
      {
        code: ' SAME ',
        discount: { percentage: '12.50' },
        expiresAt: '2100-01-01T01:00:00.000+01:00',
        metadata: { market: 'NG', team: 'growth' },
        allowGatewayRules: false,
      },
    ],
    [
      'holdPromoCode',
      () => shop.createPromoCode().then(({ code }) => ({ code })),
      { holdSeconds: 15 * 60, order: { firstTransaction: false } },
    ],
  ])('%s', async (title, arrange, other) => {
    const one = { ...(await arrange()), idempotencyKey: shop.newKey() };
    const first = await call(gateway.run, keyedMutation(title), one);
    expect(first).toMatchObject({ replayed: false });
    expect(await call(gateway.run, keyedMutation(title), { ...one, ...other })).toEqual({ ...first, replayed: true });
  });
});

it('an idempotency key is refused for another mutation with the very same input', async () => {
  const { id } = await shop.createCoupon({ provider: 'FLEXPRICE' });
  const input = { id, idempotencyKey: shop.newKey() };
  expect(await call(gateway.run, keyedMutation('archiveCoupon'), input)).toMatchObject({ replayed: false });
  expect(await call(gateway.run, keyedMutation('updateCoupon'), input)).toMatchObject({
    __typename: 'IdempotencyConflictError',
  });
});
