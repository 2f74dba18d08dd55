import { describe, expect, it } from 'vitest';
import { chatdashClient, duroClient, flexpriceClient } from '../../simulators/client.ts';
import { sharedGateway } from '../../support/gateways.ts';
import { openShop } from '../../support/shop.ts';
import type { Json } from '../../support/start-gateway.ts';

const MINUTE = 60_000;

const gateway = await sharedGateway();
const shop = openShop(gateway);

interface Kind {
  provider: 'DURO' | 'FLEXPRICE' | 'STRIPE_CONNECT';
  /** The path of a field in the provider's answers that a fault leaves out. */
  fields: string[];
  answer: (code: Json) => Promise<Json>;
  /** Makes the provider answer the next reads with this record. */
  answerWith: (record: Json) => void;
}

const KINDS: Kind[] = [
  {
    provider: 'DURO',
    fields: [
      'discountType',
      'discountValue',
      'duration',
      'redeemedCount',
      'remaining',
      'active',
      'expiresAt',
      'createdAt',
    ],
    answer: async ({ providerId }) => (await duroClient(gateway.duro)('GET', `/v1/promo-codes/${providerId}`)).body,
    answerWith: (body) =>
      gateway.duro.fail({ kind: 'answer', status: 200, method: 'GET', body, times: Number.POSITIVE_INFINITY }),
  },
  {
    provider: 'FLEXPRICE',
    fields: ['type', 'percentage_off', 'cadence', 'max_redemptions', 'total_redemptions', 'redeem_before', 'status'],
    answer: async ({ providerId }) => (await flexpriceClient(gateway.flexprice)('GET', `/coupons/${providerId}`)).body,
    answerWith: (record) => {
      const body = { items: [record], pagination: { total: 1, limit: 1, offset: 0 } };
      const times = Number.POSITIVE_INFINITY;
      gateway.flexprice.fail({ kind: 'answer', status: 200, path: /search$/, body, times });
      gateway.flexprice.fail({ kind: 'answer', status: 200, method: 'GET', body: record, times });
    },
  },
  {
    provider: 'STRIPE_CONNECT',
    fields: [
      'active',
      'max_redemptions',
      'times_redeemed',
      'expires_at',
      'customer',
      'restrictions',
      'created',
      'coupon',
    ],
    answer: async ({ coupon }) => {
      const path = `/coupons/${coupon.providerId}/promotion-codes`;
      const { body }: { body: Json } = await chatdashClient(gateway.chatdash, 'acct_one')('GET', path);
      return body.data[0];
    },
    answerWith: (record) =>
      gateway.chatdash.fail({
        kind: 'answer',
        status: 200,
        path: /promotion-codes$/,
        body: { data: [record], has_more: false },
        times: Number.POSITIVE_INFINITY,
      }),
  },
];

const CASES = KINDS.flatMap((kind) => kind.fields.map((field) => [kind.provider, field, kind] as const));

async function madeCode(provider: string, conditions: Json): Promise<Json> {
  const { id } = await shop.createPromoCode({ provider, ...conditions });
  return (await gateway.run(`{ promoCode(id: "${id}") { id code providerId coupon { providerId } } }`)).promoCode;
}

async function leaveOut({ answer, answerWith }: Kind, code: Json, field: string): Promise<void> {
  const { [field]: _, ...rest } = await answer(code);
  answerWith(rest);
}

describe('a provider answer that omits a field keeps the known value:', () => {
  it.each(CASES)('%s without %s: an exhausted code stays exhausted', async (provider, field, kind) => {
    const code = await madeCode(provider, { maxRedemptions: 1 });
    const simulator = gateway.simulatorOf(provider);
    simulator.redeem(code.providerId, 1);
    gateway.advance(2 * MINUTE);
    expect(await shop.redeem({ code: code.code })).toMatchObject({ reason: 'EXHAUSTED' });
    gateway.advance(2 * MINUTE);
    await leaveOut(kind, code, field);
    expect(await shop.redeem({ code: code.code })).toMatchObject({ reason: 'EXHAUSTED' });
  });

  it.each(CASES)('%s without %s: an expired code stays expired', async (provider, field, kind) => {
    const code = await madeCode(provider, { expiresAt: shop.inSeconds(60) });
    gateway.advance(2 * MINUTE);
    expect(await shop.redeem({ code: code.code })).toMatchObject({ reason: 'EXPIRED' });
    gateway.advance(2 * MINUTE);
    await leaveOut(kind, code, field);
    expect(await shop.redeem({ code: code.code })).toMatchObject({ reason: 'EXPIRED' });
  });

  it.each(CASES)('%s without %s: a valid code gives the same discount', async (provider, field, kind) => {
    const code = await madeCode(provider, { maxRedemptions: 3 });
    gateway.advance(2 * MINUTE);
    await leaveOut(kind, code, field);
    const order = { id: shop.newKey(), amount: { minorUnits: 1000, currency: 'NGN' } };
    const fields = '... on PromoCodeQuote { eligible discountAmount { minorUnits } promoCode { maxRedemptions } }';
    const { quotePromoCode } = await gateway.run(
      `query ($input: QuotePromoCodeInput!) { quotePromoCode(input: $input) { ${fields} } }`,
      { input: { code: code.code, order } },
    );
    expect(quotePromoCode).toEqual({
      eligible: true,
      discountAmount: { minorUnits: 100 },
      promoCode: { maxRedemptions: 3 },
    });
  });
});

it('the count that Duro omits follows from the limit and the remaining uses', async () => {
  const { code, providerId } = await madeCode('DURO', { maxRedemptions: 5 });
  gateway.duro.redeem(providerId, 5);
  gateway.advance(2 * MINUTE);
  const { redeemedCount: _, ...answer }: Json = (await duroClient(gateway.duro)('GET', `/v1/promo-codes/${providerId}`))
    .body;
  gateway.duro.fail({ kind: 'answer', status: 200, method: 'GET', body: answer });
  expect(await shop.redeem({ code })).toMatchObject({ reason: 'EXHAUSTED' });
});

it('an unknown code is CANNOT_VERIFY if the answer omits its terms', async () => {
  const record = { id: 'coupon_bare', name: 'Bare', coupon_code: 'bare', status: 'published', type: 'percentage' };
  gateway.flexprice.fail({ kind: 'answer', status: 200, path: /code\/BARE$/, body: record });
  expect(await shop.redeem({ code: 'BARE' })).toMatchObject({ reason: 'CANNOT_VERIFY' });
});
