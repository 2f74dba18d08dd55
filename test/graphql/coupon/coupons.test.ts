import { describe, expect, it } from 'vitest';
import { sharedGateway } from '../../support/gateways.ts';
import { payloadOf } from '../../support/mutations.ts';
import { openShop } from '../../support/shop.ts';

const gateway = await sharedGateway();
const shop = openShop(gateway);

describe('a coupon', () => {
  it('is created, renamed and archived at Flexprice', async () => {
    const { coupon } = payloadOf(
      await shop.tryCreateCoupon({
        provider: 'FLEXPRICE',
        name: 'Spring',
        maxRedemptions: 9,
        metadata: { team: 'growth' },
      }),
    );
    expect(coupon).toMatchObject({ name: 'Spring', status: 'ACTIVE', maxRedemptions: 9, metadata: { team: 'growth' } });
    expect(await shop.tryUpdateCoupon({ id: coupon.id, name: 'Summer', metadata: { team: 'sales' } })).toMatchObject({
      coupon: { name: 'Summer', metadata: { team: 'sales' } },
    });
    expect(await shop.tryArchiveCoupon({ id: coupon.id, idempotencyKey: 'archive' })).toMatchObject({
      replayed: false,
      coupon: { status: 'INACTIVE' },
    });
    expect(await shop.tryArchiveCoupon({ id: coupon.id, idempotencyKey: 'archive' })).toMatchObject({
      replayed: true,
    });
    const { promoCodes } = await gateway.run(`{ promoCodes(filter: { codePrefix: "coupon-" }) { totalCount } }`);
    expect(promoCodes?.totalCount).toBe(0);
  });

  it('is created and renamed at Stripe Connect, keeps its metadata in the gateway, and cannot be archived', async () => {
    const { coupon } = payloadOf(
      await shop.tryCreateCoupon({
        provider: 'STRIPE_CONNECT',
        name: 'Spring',
        duration: { kind: 'REPEATING', count: 6 },
        metadata: { team: 'growth' },
      }),
    );
    expect(coupon).toMatchObject({ metadata: { team: 'growth' }, duration: { count: 6, unit: 'MONTH' } });
    expect(await shop.tryUpdateCoupon({ id: coupon.id, name: 'Summer', metadata: null })).toMatchObject({
      coupon: { name: 'Summer', metadata: null },
    });
    expect(await shop.tryArchiveCoupon({ id: coupon.id })).toMatchObject({ fields: ['id'] });
  });

  it('that is unknown or of another account gets no promo code', async () => {
    const { coupon } = payloadOf(await shop.tryCreateCoupon({ provider: 'STRIPE_CONNECT', name: 'One' }));
    expect(await shop.tryCreatePromoCode({ provider: 'STRIPE_CONNECT', couponId: 'nothing' })).toMatchObject({
      __typename: 'PromotionNotFoundError',
    });
    expect(
      await shop.tryCreatePromoCode({ provider: 'STRIPE_CONNECT', account: 'acct_two', couponId: coupon.id }),
    ).toMatchObject({
      issues: [{ path: ['input', 'couponId'] }],
    });
  });
});
