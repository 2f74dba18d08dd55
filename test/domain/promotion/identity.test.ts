import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parsePromotionId,
  parseRedemptionId,
  promotionId,
  redemptionId,
} from '../../../src/domain/promotion/identity.ts';
import { PROVIDERS } from '../../../src/domain/promotion/promotion.ts';

const key = fc.record({
  kind: fc.constantFrom('PromoCode' as const, 'Coupon' as const),
  provider: fc.constantFrom(...PROVIDERS),
  account: fc.string({ minLength: 1 }),
  providerId: fc.string({ minLength: 1 }),
});

describe('a public id', () => {
  it('encodes exactly type, provider, account and provider id, for any content', () => {
    fc.assert(
      fc.property(key, (promotion) => {
        expect(parsePromotionId(promotionId(promotion))).toEqual(promotion);
      }),
    );
  });

  it('of a redemption gives its ledger id', () => {
    expect(parseRedemptionId(redemptionId('e8f4126a'))).toBe('e8f4126a');
  });

  it('in any other form is not accepted', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parsePromotionId(text)).toBeNull();
        expect(parseRedemptionId(text)).toBeNull();
      }),
    );
  });

  it('has one spelling', () => {
    const id = promotionId({ kind: 'Coupon', provider: 'DURO', account: 'default', providerId: '1' });
    expect(parsePromotionId(`${id}==`)).toBeNull();
    expect(parsePromotionId(` ${id}`)).toBeNull();
  });
});
