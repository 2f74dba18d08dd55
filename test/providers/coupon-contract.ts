import { describe, expect, test } from 'vitest';
import type { ProviderCoupon } from '../../src/domain/provider/provider.ts';
import { defined } from '../support/defined.ts';
import { failureOf, freshCode, HOUR, makeCoupon, type Subject, TEN_PERCENT, TOMORROW, writeCall } from './subject.ts';

export function describeCoupons(subject: Subject): void {
  const { provider, simulator } = subject;
  const { capabilities } = provider;

  describe('creating a coupon', () => {
    test('returns it exactly as later reads do', async () => {
      const made = await makeCoupon(subject, { name: 'Autumn sale', maxRedemptions: 4, expiresAt: TOMORROW });

      expect(made).toMatchObject({ kind: 'Coupon', name: 'Autumn sale', active: true, redeemedCount: 0 });
      expect(await seenCoupon(subject, made)).toEqual(made);
      expect(made).toMatchObject({ discount: TEN_PERCENT, maxRedemptions: 4, expiresAt: TOMORROW });
    });

    test('keeps a repeating duration with its count', async () => {
      const duration = { kind: 'REPEATING', count: 3, unit: capabilities.durationUnit } as const;

      expect((await seenCoupon(subject, await makeCoupon(subject, { duration }))).duration).toEqual(duration);
    });

    if (capabilities.couponFields.has('startsAt')) {
      test('keeps its start and metadata', async () => {
        const made = await makeCoupon(subject, {
          startsAt: TOMORROW,
          expiresAt: TOMORROW + HOUR,
          metadata: { team: 'a' },
        });

        expect(await seenCoupon(subject, made)).toMatchObject({ startsAt: TOMORROW, metadata: { team: 'a' } });
      });
    }
  });

  test('a coupon has the use count of the provider, and stays active when it is used up', async () => {
    const made = await makeCoupon(subject, { maxRedemptions: 2 });
    simulator.redeem(made.providerId, 2);

    expect(await seenCoupon(subject, made)).toMatchObject({ redeemedCount: 2, maxRedemptions: 2, active: true });
  });

  test('coupons are listed newest first, each once, over all pages', async () => {
    const made = [await makeCoupon(subject), await makeCoupon(subject), await makeCoupon(subject)].reverse();

    const listed = await allCoupons(subject, 2);

    const ids = listed.map(({ providerId }) => providerId);
    expect(ids.slice(0, 3)).toEqual(made.map(({ providerId }) => providerId));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('a coupon can be renamed', async () => {
    const made = await makeCoupon(subject);

    const changed = await provider.updateCoupon?.(made.providerId, { name: 'Winter sale' }, writeCall());

    expect(changed).toEqual({ ...made, name: 'Winter sale' });
    expect(await seenCoupon(subject, made)).toEqual(changed);
  });

  test('a change of an unknown coupon fails with NOT_FOUND', async () => {
    const failure = await failureOf(provider.updateCoupon?.('coupon_unknown', { name: 'Any' }, writeCall()));

    expect(failure).toMatchObject({ kind: 'REJECTED', reason: 'NOT_FOUND', unchanged: true });
  });

  if (capabilities.promoCodeFields.has('couponId')) {
    test('a promo code on an unknown coupon fails with NOT_FOUND', async () => {
      const draft = { code: freshCode(), terms: { couponId: 'coupon_unknown' } };

      const failure = await failureOf(provider.createPromoCode?.(draft, writeCall()));

      expect(failure).toMatchObject({ kind: 'REJECTED', reason: 'NOT_FOUND', unchanged: true });
    });
  }
  if (provider.archiveCoupon) describeArchive(subject);
}

function describeArchive(subject: Subject): void {
  const { provider } = subject;

  test('an archived coupon is inactive or gone, is not listed, and may be archived again', async () => {
    const made = await makeCoupon(subject);
    const { providerId } = made;

    const archived = await provider.archiveCoupon?.(providerId, writeCall());

    expect(archived).toMatchObject({ kind: 'Coupon', providerId, active: false });
    expect([null, { ...made, active: false }]).toContainEqual(await provider.readCoupon?.(providerId, {}));
    expect(await provider.archiveCoupon?.(providerId, writeCall())).toEqual(archived);
    expect(await allCoupons(subject, 100)).not.toContainEqual(expect.objectContaining({ providerId: made.providerId }));
  });
}

/** The coupon as the provider shows it now: read by id, or found in the list. */
async function seenCoupon(subject: Subject, made: ProviderCoupon): Promise<ProviderCoupon> {
  if (subject.provider.readCoupon) {
    const seen = await subject.provider.readCoupon(made.providerId, {});
    if (seen?.kind === 'Coupon') return seen;
    throw new Error('expected a coupon', { cause: seen });
  }
  return defined((await allCoupons(subject, 100)).find(({ providerId }) => providerId === made.providerId));
}

async function allCoupons({ provider }: Subject, limit: number): Promise<ProviderCoupon[]> {
  const coupons: ProviderCoupon[] = [];
  let cursor: string | undefined;
  do {
    const page = defined(await provider.listCoupons?.({ limit, cursor }, {}));
    coupons.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return coupons;
}
