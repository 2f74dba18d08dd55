import { describe, expect, test } from 'vitest';
import type { Duration, Metadata } from '../../src/domain/promotion/promotion.ts';
import type { Call } from '../../src/domain/provider/provider.ts';
import { describePromoCodeListing, describePromoCodeReading } from './promo-code-read-contract.ts';
import {
  failureOf,
  freshCode,
  HOUR,
  makePromoCode,
  type Subject,
  seenPromoCode,
  TEN_PERCENT,
  TOMORROW,
  writeCall,
} from './subject.ts';

/** Duro's default currency. It has two decimals at every provider. */
const CURRENCY = 'NGN';

export function describePromoCodes(subject: Subject): void {
  const { provider, simulator } = subject;
  const { capabilities } = provider;
  const unit = capabilities.durationUnit;

  describe('creating a promo code', () => {
    test('returns it exactly as later reads do', async () => {
      const before = Date.now() - 1000;
      const code = freshCode();

      const made = await makePromoCode(subject, { code });

      expect(made).toMatchObject({ kind: 'PromoCode', code, active: true, redeemedCount: 0, discount: TEN_PERCENT });
      expect(made).toMatchObject({ duration: { kind: 'ONCE' }, maxRedemptions: null, startsAt: null, expiresAt: null });
      expect(made.createdAt).toBeGreaterThanOrEqual(before);
      expect(await seenPromoCode(subject, made)).toMatchObject({
        providerId: made.providerId,
        code,
        createdAt: made.createdAt,
      });
    });

    test('keeps the most precise percentage of its capabilities', async () => {
      const percentage = ['12', '12.5', '12.25', '12.125', '12.0625'][capabilities.percentageDecimals] ?? '';

      const made = await makePromoCode(subject, { discount: { kind: 'PERCENTAGE', percentage } });

      expect((await seenPromoCode(subject, made)).discount).toEqual({ kind: 'PERCENTAGE', percentage });
    });

    test('keeps a fixed amount to the last minor unit', async () => {
      const discount = { kind: 'FIXED', amount: { minorUnits: 500_001, currency: CURRENCY } } as const;

      const made = await makePromoCode(subject, { discount });

      // A provider may state that there are no amounts in other currencies.
      expect([discount, { ...discount, currencyOptions: [] }]).toContainEqual(
        (await seenPromoCode(subject, made)).discount,
      );
    });

    test.each<Duration>([{ kind: 'ONCE' }, { kind: 'FOREVER' }, { kind: 'REPEATING', count: 3, unit }])(
      'keeps the duration $kind',
      async (duration) => {
        const made = await makePromoCode(subject, { duration });

        expect(made.duration?.kind).toBe(duration.kind);
        expect((await seenPromoCode(subject, made)).duration?.kind).toBe(duration.kind);
      },
    );

    test('keeps its limit and end', async () => {
      const made = await makePromoCode(subject, { maxRedemptions: 7, expiresAt: TOMORROW });

      expect(await seenPromoCode(subject, made)).toMatchObject({ maxRedemptions: 7, expiresAt: TOMORROW });
    });

    if (capabilities.promoCodeFields.has('startsAt')) {
      test('keeps its start', async () => {
        const made = await makePromoCode(subject, { startsAt: TOMORROW + 1, expiresAt: TOMORROW + HOUR });

        expect(await seenPromoCode(subject, made)).toMatchObject({
          startsAt: TOMORROW + 1,
          expiresAt: TOMORROW + HOUR,
        });
      });
    }

    if (capabilities.promoCodeFields.has('metadata')) {
      test("keeps its metadata and hides the gateway's marks", async () => {
        const made = await makePromoCode(subject, { metadata: { campaign: 'launch' } });

        expect(made.metadata).toEqual({ campaign: 'launch' });
        expect((await seenPromoCode(subject, made)).metadata).toEqual({ campaign: 'launch' });
        expect((await makePromoCode(subject)).metadata).toBeNull();
      });
    }

    if (capabilities.promoCodeFields.has('customerId')) {
      test('keeps its customer', async () => {
        const minimumOrder = { minorUnits: 1000, currency: CURRENCY };
        const conditions = { customerId: 'cus_1', firstTransactionOnly: true, minimumOrder };

        const made = await makePromoCode(subject, conditions);

        expect(made).toMatchObject(conditions);
        expect(await seenPromoCode(subject, made)).toMatchObject(conditions);
      });
    }

    test('fails with CODE_TAKEN if the code is taken', async () => {
      const code = freshCode();
      await makePromoCode(subject, { code });

      const failure = await failureOf(makePromoCode(subject, { code }));

      expect(failure).toMatchObject({ kind: 'REJECTED', reason: 'CODE_TAKEN', unchanged: true, retryable: false });
    });
  });

  test('a promo code has the use count of the provider', async () => {
    const made = await makePromoCode(subject, { maxRedemptions: 5 });
    simulator.redeem(made.providerId, 2);

    expect(await seenPromoCode(subject, made)).toMatchObject({ redeemedCount: 2, maxRedemptions: 5 });
  });

  test('a promo code that is used up stays active', async () => {
    const made = await makePromoCode(subject, { maxRedemptions: 1 });
    simulator.redeem(made.providerId);

    expect(await seenPromoCode(subject, made)).toMatchObject({ active: true, redeemedCount: 1, maxRedemptions: 1 });
  });

  test('onSend is called before each request of a read is sent', async () => {
    const { code, providerId, coupon } = await makePromoCode(subject);
    const page = { limit: 1, couponId: coupon?.providerId };
    const reads = [
      (call: Call) => provider.readPromoCode?.(providerId, call),
      (call: Call) => provider.findPromoCodes?.(code, call),
      (call: Call) => provider.listPromoCodes?.(page, call),
      (call: Call) => provider.listPromotions?.(page, call),
      (call: Call) => provider.readCoupon?.(providerId, call),
      (call: Call) => provider.listCoupons?.(page, call),
    ];
    for (const read of reads) {
      const sent: number[] = [];
      const before = simulator.calls.length;
      await read({ onSend: () => void sent.push(simulator.calls.length) });
      expect(sent).toEqual(simulator.calls.slice(before).map((_, index) => before + index));
    }
  });

  if (provider.readPromoCode) describePromoCodeReading(subject);
  if (provider.listPromoCodes) describePromoCodeListing(subject);
  if (provider.updatePromoCode) describeUpdate(subject);
}

function describeUpdate(subject: Subject): void {
  const { provider } = subject;

  test('a promo code can be deactivated and activated', async () => {
    const { providerId } = await makePromoCode(subject);

    expect(await provider.updatePromoCode?.(providerId, { active: false }, writeCall())).toMatchObject({
      active: false,
    });
    expect(await provider.readPromoCode?.(providerId, {})).toMatchObject({ active: false });
    expect(await provider.updatePromoCode?.(providerId, { active: true }, writeCall())).toMatchObject({ active: true });
  });

  test('an absent field of a change stays', async () => {
    const { providerId } = await makePromoCode(subject, { maxRedemptions: 5, expiresAt: TOMORROW });

    const changed = await provider.updatePromoCode?.(providerId, { active: false }, writeCall());

    expect(changed).toMatchObject({ active: false, maxRedemptions: 5, expiresAt: TOMORROW });
  });

  if (provider.capabilities.promoCodeChanges.has('maxRedemptions')) describeLimitUpdate(subject);
  if (provider.capabilities.promoCodeChanges.has('metadata')) {
    test('a change of metadata replaces it, and hides the marks of the gateway', async () => {
      const { providerId } = await makePromoCode(subject, { metadata: { team: 'a', campaign: 'b' } });
      const change = (metadata: Metadata | null) =>
        provider.updatePromoCode?.(providerId, { metadata }, writeCall()) ?? Promise.reject();

      expect(await change({ team: 'c', since: '5' })).toMatchObject({ metadata: { team: 'c', since: '5' } });
      expect(await change(null)).toMatchObject({ metadata: null });
      expect(await provider.readPromoCode?.(providerId, {})).toMatchObject({ metadata: null });
    });
  }

  test('a change of an unknown promo code fails with NOT_FOUND', async () => {
    const failure = await failureOf(provider.updatePromoCode?.('promo_unknown', { active: false }, writeCall()));

    expect(failure).toMatchObject({ kind: 'REJECTED', reason: 'NOT_FOUND', unchanged: true });
  });
}

function describeLimitUpdate(subject: Subject): void {
  const { provider } = subject;

  test('a limit and an end that are absent in a change stay, and null clears them', async () => {
    const { providerId } = await makePromoCode(subject, { maxRedemptions: 5, expiresAt: TOMORROW });

    const changed = await provider.updatePromoCode?.(providerId, { maxRedemptions: 9 }, writeCall());
    expect(changed).toMatchObject({ maxRedemptions: 9, expiresAt: TOMORROW });
    const cleared = await provider.updatePromoCode?.(
      providerId,
      { maxRedemptions: null, expiresAt: null },
      writeCall(),
    );
    expect(cleared).toMatchObject({ maxRedemptions: null, expiresAt: null, active: true });
  });
}
