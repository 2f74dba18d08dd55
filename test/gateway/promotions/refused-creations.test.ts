import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { chatdashClient, idOf } from '../../simulators/client.ts';
import { isWrite, openShop, type Shop } from '../../support/shop.ts';
import { type Json, type RunningGateway, startGateway } from '../../support/start-gateway.ts';

const YEAR = 365 * 24 * 60 * 60;

describe.each([400, 500, 'as-stripe'] as const)(
  'while ChatDash answers refusals of Stripe as %s,',
  (stripeRefusals) => {
    let gateway: RunningGateway;
    let shop: Shop;
    let writes: number;
    beforeAll(async () => {
      gateway = await startGateway({ chatdash: { stripeRefusals } });
      shop = openShop(gateway);
    });
    beforeEach(() => {
      writes = gateway.chatdash.calls.filter(isWrite).length;
    });
    afterEach(() => gateway.chatdash.heal());
    afterAll(() => gateway.stop());

    const atStripe = (method: string, path: string, body?: Json) =>
      chatdashClient(gateway.chatdash, 'acct_one')(method, path, body);
    const create = (input: Json): Promise<Json> => shop.tryCreatePromoCode({ provider: 'STRIPE_CONNECT', ...input });
    const newWrites = () => gateway.chatdash.calls.filter(isWrite).length - writes;
    const couponsAtStripe = async (): Promise<number> => {
      const { body }: { body: Json } = await atStripe('GET', '/coupons?limit=100');
      return body.data.length;
    };
    /** Creates a code that the gateway does not know. */
    const makeAtStripe = async (code: string): Promise<void> => {
      const coupon = idOf(
        await atStripe('POST', '/coupons', { data: { name: 'Other', percent_off: 5, duration: 'once' } }),
      );
      expect((await atStripe('POST', '/promotion-codes', { data: { coupon, code } })).status).toBe(201);
    };

    it('a code that is taken at Stripe is a conflict, and retries with other keys leave one coupon', async () => {
      await makeAtStripe('TAKEN');
      const before = await couponsAtStripe();
      for (const idempotencyKey of ['t1', 't2', 't1', undefined, 't3']) {
        expect(await create({ code: 'taken', idempotencyKey })).toMatchObject({ __typename: 'PromotionConflictError' });
      }
      expect(await couponsAtStripe()).toBe(before + 1);
    });

    it('parallel creations of a code that is taken at Stripe leave at most one coupon each', async () => {
      await makeAtStripe('RUSH');
      const before = await couponsAtStripe();
      for (let round = 0; round < 3; round += 1) {
        const tries = await Promise.all(Array.from({ length: 3 }, () => create({ code: 'RUSH' })));
        expect(tries.map((one) => one.__typename)).toEqual(Array(3).fill('PromotionConflictError'));
      }
      expect(await couponsAtStripe()).toBeLessThanOrEqual(before + 3);
    });

    it('an unknown customer is an error of the field customerId, and a retry uses the left-over coupon', async () => {
      const discount = { percentage: '11' };
      const before = await couponsAtStripe();
      for (const idempotencyKey of ['c1', 'c2', undefined]) {
        expect(await create({ code: 'PERSONAL', discount, customerId: 'nobody', idempotencyKey })).toMatchObject({
          __typename: 'PromotionInputError',
          issues: [{ path: ['input', 'customerId'], message: 'is not a customer at the provider' }],
        });
      }
      // The key is unused, so the corrected input may use it.
      const made = await create({ code: 'PERSONAL', discount, customerId: 'cus_1', idempotencyKey: 'c1' });
      expect(made).toMatchObject({ __typename: 'CreatePromoCodePayload', promoCode: { code: 'PERSONAL' } });
      expect(await couponsAtStripe()).toBe(before + 1);
    });

    it('failed creations with different texts leave one coupon, which is renamed to the code that uses it', async () => {
      const discount = { percentage: '12' };
      const before = await couponsAtStripe();
      for (const code of ['FIRST', 'SECOND', 'THIRD']) {
        expect(await create({ code, discount, customerId: 'nobody' })).toMatchObject({
          __typename: 'PromotionInputError',
        });
      }
      expect(await create({ code: 'FOURTH', discount })).toMatchObject({ __typename: 'CreatePromoCodePayload' });
      expect(await couponsAtStripe()).toBe(before + 1);
      const { body }: { body: Json } = await atStripe('GET', '/coupons?limit=100');
      expect(body.data.find((coupon: Json) => coupon.percent_off === 12).name).toBe('FOURTH');
    });

    it('a left-over coupon that cannot be renamed is used anyway, and nothing stays in doubt', async () => {
      const discount = { percentage: '13' };
      await create({ code: 'UNNAMED-1', discount, customerId: 'nobody' });
      const before = await couponsAtStripe();
      gateway.chatdash.fail({ kind: 'hang-up', method: 'PUT' });
      const input = { code: 'UNNAMED-2', discount, idempotencyKey: 'unnamed' };
      expect(await create(input)).toMatchObject({ __typename: 'CreatePromoCodePayload' });
      expect(await couponsAtStripe()).toBe(before);
      expect(await gateway.gateway.store.pendingWrites.all()).toEqual([]);
    });

    it('a left-over coupon is used for the same terms only', async () => {
      await create({ code: 'TERMS', customerId: 'nobody' });
      const before = await couponsAtStripe();
      expect(await create({ code: 'TERMS', discount: { percentage: '20' } })).toMatchObject({
        __typename: 'CreatePromoCodePayload',
      });
      expect(await couponsAtStripe()).toBe(before + 1);
    });

    it('a left-over coupon that is gone at Stripe does not prevent a creation', async () => {
      await create({ code: 'LOST', customerId: 'nobody' });
      gateway.chatdash.fail({
        kind: 'answer',
        status: 400,
        method: 'POST',
        path: /promotion-codes$/,
        body: { error: "No such coupon: 'gone'" },
      });
      await create({ code: 'LOST' });
      expect(await create({ code: 'LOST' })).toMatchObject({ __typename: 'CreatePromoCodePayload' });
    });

    it.each([
      ['more than five years ahead', 5 * YEAR + 10 * 24 * 60 * 60],
      ['past once it is rounded to a second', 0.001],
    ])('an expiry that is %s is unsupported before any call, or becomes a gateway rule', async (_, seconds) => {
      const expiresAt = shop.inSeconds(seconds);
      const unsupported = { __typename: 'UnsupportedByProviderError', fields: ['expiresAt'] };
      expect(await create({ code: 'FAR', expiresAt })).toMatchObject(unsupported);
      expect(await shop.tryCreateCoupon({ expiresAt })).toMatchObject(unsupported);
      expect(newWrites()).toBe(0);
      expect(
        await create({ code: `FAR-${seconds}`.replace('.', '-'), expiresAt, allowGatewayRules: true }),
      ).toMatchObject({
        promoCode: { gatewayRules: ['EXPIRES_AT'], expiresAt },
      });
      expect(await shop.createCoupon({ expiresAt })).toMatchObject({ gatewayRules: ['EXPIRES_AT'] });
    });

    it('an expiry in five years is accepted', async () => {
      expect(await create({ code: 'FIVE', expiresAt: shop.inSeconds(5 * YEAR) })).toMatchObject({
        __typename: 'CreatePromoCodePayload',
      });
    });

    it.each([
      ['maxRedemptions', { maxRedemptions: 6 }],
      ['expiresAt', { expiresAt: 3601 }],
    ])(
      'a %s beyond that of the coupon is an input error, and nothing is sent',
      async (field, { expiresAt, ...conditions }: Json) => {
        const end = { expiresAt: shop.inSeconds(3600.5) };
        const { id: couponId } = await shop.createCoupon({ maxRedemptions: 5, ...end });
        writes = gateway.chatdash.calls.filter(isWrite).length;
        const wanted = {
          code: `IN-${field}`,
          couponId,
          ...(expiresAt && { expiresAt: shop.inSeconds(expiresAt + 1) }),
        };
        expect(await create({ ...wanted, ...conditions })).toMatchObject({
          __typename: 'PromotionInputError',
          issues: [{ path: ['input', field] }],
        });
        expect(newWrites()).toBe(0);
        expect(await create({ code: `IN-${field}`, couponId, maxRedemptions: 5, ...end })).toMatchObject({
          __typename: 'CreatePromoCodePayload',
        });
      },
    );

    it('an answer never contains the text of the provider', async () => {
      const { message, issues } = await create({ code: 'WORDS', customerId: 'nobody' });
      expect(JSON.stringify([message, issues])).not.toMatch(/no such|cus_|nobody/i);
    });
  },
);

describe('the refusal of one field', () => {
  let gateway: RunningGateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterEach(() => gateway.duro.heal());
  afterAll(() => gateway.stop());

  const create = (input: Json): Promise<Json> => openShop(gateway).tryCreatePromoCode(input);

  it.each([
    ['planId', { planId: 'plan_gone' }, 404, { error: { code: 'not_found', message: 'Plan not found' } }],
    [
      'planId',
      { planId: 'plan_gone' },
      422,
      { error: { code: 'validation_error', message: 'no', details: [{ path: 'planId', issue: 'x' }] } },
    ],
    [
      'maxRedemptions',
      { maxRedemptions: 5 },
      422,
      { error: { code: 'validation_error', message: 'no', details: [{ path: 'maxRedemptions', issue: 'x' }] } },
    ],
  ])('by Duro names %s', async (field, conditions, status, body) => {
    gateway.duro.fail({ kind: 'answer', status, method: 'POST', body });
    const made = await create({ provider: 'DURO', code: `D-${field}`, ...conditions });
    expect(made).toMatchObject({ __typename: 'PromotionInputError', issues: [{ path: ['input', field] }] });
  });

  it('by Flexprice names maxRedemptions', async () => {
    const body = { code: 'validation_error', message: 'Please provide a valid maximum redemption count' };
    gateway.flexprice.fail({ kind: 'answer', status: 400, method: 'POST', path: /coupons$/, body });
    const made = await create({ provider: 'FLEXPRICE', code: 'F-1', maxRedemptions: 5 });
    expect(made).toMatchObject({ __typename: 'PromotionInputError', issues: [{ path: ['input', 'maxRedemptions'] }] });
  });
});
