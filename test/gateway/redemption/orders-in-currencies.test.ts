import { beforeAll, describe, expect, it } from 'vitest';
import type { ProviderPromoCode } from '../../../src/domain/provider/provider.ts';
import { readNow } from '../../store/store-parts.ts';
import { UNUSED } from '../../store/unused-facts.ts';
import { sharedGateway } from '../../support/gateways.ts';
import { dollars } from '../../support/money.ts';
import { payloadOf } from '../../support/mutations.ts';
import { openShop } from '../../support/shop.ts';

const gateway = await sharedGateway();
const shop = openShop(gateway);
const euros = (minorUnits: number) => ({ minorUnits, currency: 'EUR' });
const francs = { minorUnits: 2000, currency: 'CHF' };
const code = 'FIVE-IN-TWO';

/** Stores a promo code as the answer of a provider shows it whose discounts have several currencies. */
beforeAll(async () => {
  const { promotions } = gateway.gateway.store;
  const facts: ProviderPromoCode = {
    kind: 'PromoCode',
    providerId: 'five-in-two',
    code,
    coupon: null,
    discount: { kind: 'FIXED', amount: dollars(500), currencyOptions: [euros(450)] },
    ...UNUSED,
    createdAt: gateway.now(),
    customerId: null,
    planId: null,
    firstTransactionOnly: false,
    minimumOrder: dollars(1000),
    minimumOrderOptions: [euros(900)],
  };
  await promotions.save({ provider: 'FLEXPRICE', account: 'default' }, facts, await readNow(promotions, gateway.now()));
});

const MONEY = '{ minorUnits currency }';

describe('a promo code with amounts in two currencies', () => {
  it('shows them', async () => {
    const { promoCodeByCode } = await gateway.run(
      `query ($code: String!) { promoCodeByCode(code: $code) {
        discount { ... on FixedDiscount { amount ${MONEY} currencyOptions ${MONEY} } }
        minimumOrder ${MONEY} minimumOrderOptions ${MONEY} } }`,
      { code },
    );
    expect(promoCodeByCode).toEqual({
      discount: { amount: dollars(500), currencyOptions: [euros(450)] },
      minimumOrder: dollars(1000),
      minimumOrderOptions: [euros(900)],
    });
  });

  it('is quoted in the currency of the order', async () => {
    const quote = async (amount: object) => shop.quote({ code, order: { amount } });
    expect(await quote(euros(2000))).toMatchObject({ eligible: true, discountAmount: euros(450) });
    expect(await quote(dollars(2000))).toMatchObject({ eligible: true, discountAmount: dollars(500) });
    expect(await quote(euros(899))).toMatchObject({ refusal: { reason: 'MINIMUM_NOT_MET', shortfall: euros(1) } });
    expect(await quote(francs)).toMatchObject({ refusal: { reason: 'CURRENCY_MISMATCH' } });
  });

  it('is held, confirmed and redeemed in the currency of the order', async () => {
    const order = shop.newOrder({ amount: euros(2000) });
    const { redemption } = payloadOf(await shop.hold({ code, order }));
    expect(redemption).toMatchObject({ discountAmount: euros(450) });
    const mismatch = await shop.confirm(redemption.id, { orderAmount: francs });
    expect(mismatch).toMatchObject({ reason: 'CURRENCY_MISMATCH' });
    const confirmed = payloadOf(await shop.confirm(redemption.id, { orderAmount: euros(1900) }));
    expect(confirmed.redemption).toMatchObject({ status: 'REDEEMED', discountAmount: euros(450) });
    const other = await shop.redeem({ code, order: shop.newOrder({ amount: dollars(1000) }) });
    expect(payloadOf(other).redemption).toMatchObject({ discountAmount: dollars(500) });
  });
});
