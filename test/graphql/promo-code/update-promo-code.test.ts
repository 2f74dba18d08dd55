import { describe, expect, it } from 'vitest';
import { sharedGateway } from '../../support/gateways.ts';
import { payloadOf } from '../../support/mutations.ts';
import { openShop } from '../../support/shop.ts';

const gateway = await sharedGateway();
const shop = openShop(gateway);
const inDays = (days: number) => shop.inSeconds(days * 86_400);

describe('a promo code is updated', () => {
  it('at Duro, which stores its state, limit and expiry, and null clears them', async () => {
    const { promoCode } = payloadOf(await shop.tryCreatePromoCode({ provider: 'DURO', maxRedemptions: 5 }));
    const expiresAt = inDays(9);
    expect(
      await shop.tryUpdatePromoCode({ id: promoCode.id, active: false, maxRedemptions: 7, expiresAt }),
    ).toMatchObject({
      promoCode: { status: 'INACTIVE', maxRedemptions: 7, expiresAt, gatewayRules: [] },
    });
    expect(
      await shop.tryUpdatePromoCode({ id: promoCode.id, active: true, maxRedemptions: null, expiresAt: null }),
    ).toMatchObject({ promoCode: { status: 'ACTIVE', maxRedemptions: null, remaining: null, expiresAt: null } });
  });

  it('at Flexprice by gateway rules, which can only restrict it', async () => {
    const { promoCode } = payloadOf(await shop.tryCreatePromoCode({ provider: 'FLEXPRICE', maxRedemptions: 5 }));
    const change = { id: promoCode.id, active: false, maxRedemptions: 3 };
    expect(await shop.tryUpdatePromoCode(change)).toMatchObject({ fields: ['active', 'maxRedemptions'] });
    expect(await shop.tryUpdatePromoCode({ ...change, allowGatewayRules: true })).toMatchObject({
      promoCode: { status: 'INACTIVE', maxRedemptions: 3, gatewayRules: ['MAX_REDEMPTIONS', 'SWITCHED_OFF'] },
    });
    expect(await shop.tryUpdatePromoCode({ id: promoCode.id, active: true })).toMatchObject({
      promoCode: { status: 'ACTIVE', gatewayRules: ['MAX_REDEMPTIONS'] },
    });
    const wider = { id: promoCode.id, maxRedemptions: 6, allowGatewayRules: true };
    expect(await shop.tryUpdatePromoCode(wider)).toMatchObject({ fields: ['maxRedemptions'] });
  });

  it('with new metadata, which the gateway keeps if the provider has none, and null clears it', async () => {
    const metadata = { team: 'growth', note: 'spring' };
    const { promoCode } = payloadOf(await shop.tryCreatePromoCode({ provider: 'DURO', metadata }));
    const updated = async (change: object) => {
      payloadOf(await shop.tryUpdatePromoCode({ id: promoCode.id, ...change }));
      const query = 'query ($id: ID!) { promoCode(id: $id, policy: FRESH) { metadata } }';
      return (await gateway.run(query, { id: promoCode.id })).promoCode?.metadata;
    };
    expect(await updated({ metadata: { team: 'sales' } })).toEqual({ team: 'sales' });
    expect(await updated({ maxRedemptions: 5 })).toEqual({ team: 'sales' });
    expect(await updated({ metadata: null })).toBeNull();
  });

  it('only if the input changes something and the promo code exists', async () => {
    const { promoCode } = payloadOf(await shop.tryCreatePromoCode({ provider: 'DURO' }));
    expect(await shop.tryUpdatePromoCode({ id: promoCode.id })).toMatchObject({ issues: [{ path: ['input'] }] });
    expect(await shop.tryUpdatePromoCode({ id: 'nothing', active: false })).toMatchObject({
      __typename: 'PromotionNotFoundError',
    });
  });
});
