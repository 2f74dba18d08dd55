import { expect, test } from 'vitest';
import { defined } from '../support/defined.ts';
import { draftPromoCode, freshCode, makeCoupon, makePromoCode, type Subject, writeCall } from './subject.ts';

/** What every read of one promo code must do. */
export function describePromoCodeReading(subject: Subject): void {
  const { provider, simulator } = subject;

  test('an id that the provider does not know reads as null', async () => {
    expect(await provider.readPromoCode?.('promo_unknown', {})).toBeNull();
  });

  test.each(['', '.', '..', '\ud800'])('an id that cannot be part of a path (%j) reads as null', async (providerId) => {
    expect(await provider.readPromoCode?.(providerId, {})).toBeNull();
    expect(simulator.calls.filter(({ method, path }) => method === 'GET' && /\/\.{0,2}$/.test(path))).toEqual([]);
  });

  test('an id is one segment of the path, whatever it contains', async () => {
    expect(await provider.readPromoCode?.('a/../b?c#d%', {})).toBeNull();
    expect(simulator.calls.at(-1)?.path.endsWith('/a%2F..%2Fb%3Fc%23d%25')).toBe(true);
  });

  if (provider.findPromoCodes) {
    test('a code is found by its text in any case, and an unknown code is not found', async () => {
      const made = await makePromoCode(subject);

      expect(await provider.findPromoCodes?.(made.code.toUpperCase(), {})).toMatchObject([
        { providerId: made.providerId },
      ]);
      expect(await provider.findPromoCodes?.(freshCode(), {})).toEqual([]);
    });

    if (provider.listPromotions) {
      test('a record has the same kind in every read', async () => {
        const coupon = await makeCoupon(subject);
        const promoCode = await makePromoCode(subject);

        expect(await provider.readPromoCode?.(coupon.providerId, {})).toMatchObject({ kind: 'Coupon' });
        expect(await provider.readCoupon?.(promoCode.providerId, {})).toMatchObject({ kind: 'PromoCode' });
      });
    }
  }
}

/** What every list of promo codes must do. */
export function describePromoCodeListing(subject: Subject): void {
  const { provider } = subject;

  test('promo codes are listed newest first, each once, over all pages', async () => {
    const { terms } = await draftPromoCode(subject);
    const made: string[] = [];
    for (const code of [freshCode(), freshCode(), freshCode()]) {
      const promoCode = await provider.createPromoCode?.({ code, terms }, writeCall());
      made.unshift(defined(promoCode).providerId);
    }
    const couponId = 'couponId' in terms ? terms.couponId : undefined;

    const listed: string[] = [];
    let cursor: string | undefined;
    do {
      const page = defined(await provider.listPromoCodes?.({ limit: 2, couponId, cursor }, {}));
      expect(page.items.length).toBeLessThanOrEqual(2);
      listed.push(...page.items.map(({ providerId }) => providerId));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);

    expect(listed.filter((id) => made.includes(id))).toEqual(made);
    expect(new Set(listed).size).toBe(listed.length);
  });
}
