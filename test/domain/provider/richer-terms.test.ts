import { describe, expect, it } from 'vitest';
import { isSameDiscount } from '../../../src/domain/money/discount.ts';
import type { FixedDiscount } from '../../../src/domain/promotion/promotion.ts';
import type { ProviderCapabilities } from '../../../src/domain/provider/capabilities.ts';
import { fitCoupon, fitPromoCode } from '../../../src/domain/provider/fit-to-provider.ts';
import { fitPromoCodeChange, isChangeShown } from '../../../src/domain/provider/promo-code-change.ts';
import { dollars } from '../../support/money.ts';

const RICH: ProviderCapabilities = {
  percentageDecimals: 2,
  carriesAmount: ({ currency }) => currency !== 'UGX',
  amountRule: 'must be in a currency of Stripe',
  durationUnit: 'MONTH',
  code: { maxLength: 500 },
  couponNameLength: 40,
  refusesForeverAmounts: true,
  carriesMetadata: (metadata) => !('reserved' in metadata),
  metadataRule: 'must not have the key reserved',
  promoCodeFields: new Set(['couponId', 'currencyOptions', 'minimumOrder', 'minimumOrderOptions', 'metadata']),
  promoCodeChanges: new Set(['active', 'metadata']),
  couponFields: new Set(['currencyOptions', 'metadata']),
  couponChanges: new Set(['name', 'metadata']),
};
const POOR: ProviderCapabilities = {
  ...RICH,
  refusesForeverAmounts: false,
  promoCodeFields: new Set(['couponId', 'minimumOrder']),
  promoCodeChanges: new Set(),
  couponFields: new Set(),
};

const euros = { minorUnits: 450, currency: 'EUR' };
const shillings = { minorUnits: 450, currency: 'UGX' };
const fixed: FixedDiscount = { kind: 'FIXED', amount: dollars(500), currencyOptions: [euros] };
const NOW = { allowRules: true, now: 0 };

const coupon = (discount: FixedDiscount, capabilities: ProviderCapabilities, kind: 'ONCE' | 'FOREVER' = 'ONCE') =>
  fitCoupon({ name: 'Five', discount, duration: { kind } }, capabilities, NOW);
const promoCode = (draft: object, capabilities: ProviderCapabilities) =>
  fitPromoCode({ code: 'FIVE', terms: { discount: fixed }, ...draft }, capabilities, NOW);

describe('amounts in other currencies', () => {
  it('are sent to a provider that takes them', () => {
    const minimum = { minimumOrder: dollars(1000), minimumOrderOptions: [euros] };
    expect(coupon(fixed, RICH)).toMatchObject({ sent: { discount: fixed }, unsupported: [] });
    expect(promoCode(minimum, RICH)).toMatchObject({
      sent: { terms: { discount: fixed }, ...minimum },
      unsupported: [],
    });
  });

  it('are unsupported at any other provider, and no rule of the gateway', () => {
    const noField = { code: 'NO_FIELD', canBeGatewayRule: false };
    const minimum = { minimumOrder: dollars(1000), minimumOrderOptions: [euros] };
    expect(coupon(fixed, POOR).unsupported).toMatchObject([{ field: 'currencyOptions', ...noField }]);
    expect(promoCode(minimum, POOR).unsupported).toMatchObject([
      { field: 'currencyOptions', ...noField },
      { field: 'minimumOrderOptions', ...noField },
    ]);
  });

  it('are unsupported in a currency that the provider cannot express', () => {
    const wrong = { field: 'currencyOptions', code: 'WRONG_AMOUNT', message: RICH.amountRule };
    expect(coupon({ ...fixed, currencyOptions: [euros, shillings] }, RICH).unsupported).toMatchObject([wrong]);
  });

  it('of a minimum order are unsupported if only the gateway enforces the minimum order', () => {
    const minimum = { minimumOrder: shillings, minimumOrderOptions: [euros] };
    expect(promoCode(minimum, RICH).unsupported).toMatchObject([{ field: 'minimumOrderOptions', code: 'NO_FIELD' }]);
  });
});

it('a fixed discount forever is unsupported at a provider that refuses it, a percentage is not', () => {
  const percentage = { kind: 'PERCENTAGE', percentage: '10' } as const;
  const refused = { field: 'duration.kind', code: 'WRONG_DURATION' };
  const forever = { kind: 'FOREVER' } as const;
  expect(coupon(fixed, RICH, 'FOREVER').unsupported).toMatchObject([refused]);
  expect(promoCode({ duration: forever }, RICH).unsupported).toMatchObject([refused]);
  expect(promoCode({ terms: { discount: percentage }, duration: forever }, RICH).unsupported).toEqual([]);
  expect(coupon({ kind: 'FIXED', amount: euros }, POOR, 'FOREVER').unsupported).toEqual([]);
});

describe('an answer shows the discount that was sent', () => {
  const plain: FixedDiscount = { kind: 'FIXED', amount: dollars(500) };
  it.each<[FixedDiscount, FixedDiscount, boolean]>([
    [plain, fixed, true],
    [{ ...plain, currencyOptions: [] }, plain, true],
    [fixed, fixed, true],
    [{ ...plain, currencyOptions: [] }, fixed, false],
    [fixed, plain, false],
    [{ ...fixed, amount: dollars(501) }, fixed, false],
  ])('%j for %j: %s', (answered, sent, expected) => {
    expect(isSameDiscount(answered, sent)).toBe(expected);
  });

  it('unless one of them is a percentage', () => {
    expect(isSameDiscount({ kind: 'PERCENTAGE', percentage: '5' }, plain)).toBe(false);
    expect(isSameDiscount({ kind: 'PERCENTAGE', percentage: '5' }, { kind: 'PERCENTAGE', percentage: '5' })).toBe(true);
  });
});

describe('the new metadata of a promo code', () => {
  const side = { active: true, maxRedemptions: null, startsAt: null, expiresAt: null };
  const fitted = (metadata: Record<string, string> | null, capabilities: ProviderCapabilities) =>
    fitPromoCodeChange({ metadata }, { side, capabilities, allowRules: false });

  it.each([[{ team: 'growth' }], [null]])('is sent to a provider that can change it: %j', (metadata) => {
    expect(fitted(metadata, RICH)).toEqual({ sent: { metadata }, rules: {}, unsupported: [] });
  });

  it.each([[{ team: 'growth' }], [null]])('is kept by the gateway if the provider has none: %j', (metadata) => {
    expect(fitted(metadata, POOR)).toEqual({ sent: {}, rules: {}, keptMetadata: metadata, unsupported: [] });
  });

  it('is unsupported if the provider stores it and cannot change it', () => {
    const fixedMetadata = { ...RICH, promoCodeChanges: new Set([]) };
    expect(fitted({ team: 'growth' }, fixedMetadata).unsupported).toMatchObject([
      { field: 'metadata', code: 'NOT_CHANGEABLE', canBeGatewayRule: false },
    ]);
  });

  it('is unsupported if the provider cannot store it', () => {
    expect(fitted({ reserved: '1' }, RICH).unsupported).toMatchObject([{ field: 'metadata', code: 'WRONG_TEXT' }]);
  });

  it.each([
    [{ team: 'growth' }, { team: 'growth' }, true],
    [{ team: 'sales' }, { team: 'growth' }, false],
    [{}, null, true],
    [undefined, { team: 'growth' }, undefined],
  ])('is shown by an answer with %j for %j: %s', (shown, asked, expected) => {
    expect(isChangeShown({ ...side, redeemedCount: 0, metadata: shown }, { metadata: asked }, 0)).toBe(expected);
  });
});
