import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { flexprice } from '../../../src/providers/index.ts';
import { startFlexpriceSimulator } from '../../../src/simulators/flexprice/index.ts';
import { defined } from '../../support/defined.ts';
import { openSubject } from '../open-subject.ts';
import { failureOf, freshCode, makeCoupon, makePromoCode, writeCall } from '../subject.ts';

// At Flexprice a use is still active in the millisecond of its end, so the clock advances with every call.
let now = Date.now();
const simulator = await startFlexpriceSimulator({ clock: () => (now += 1) });
const subject = openSubject(flexprice, simulator);
const { provider } = subject;
afterEach(() => simulator.heal());
afterAll(() => subject.close());

const apply = async (promotion: { providerId: string; code?: string }, subscriptionId: string) => {
  const usesBefore = defined(await provider.listSubscriptionUses?.(promotion, subscriptionId, {}));
  return provider.applyToSubscription?.(promotion, { subscriptionId, usesBefore }, writeCall());
};
const remove = (useId: string, subscriptionId: string) =>
  provider.removeFromSubscription?.({ useId, subscriptionId }, writeCall());
const uses = ({ providerId }: { providerId: string }, subscriptionId: string) =>
  provider.listSubscriptionUses?.({ providerId }, subscriptionId, {});

describe('applying a promo code', () => {
  test('counts a use and returns its id', async () => {
    const promoCode = await makePromoCode(subject);

    const use = await apply(promoCode, 'subs_1');

    expect(await uses(promoCode, 'subs_1')).toEqual([use]);
    expect(await provider.findPromoCodes?.(promoCode.code, {})).toMatchObject([{ redeemedCount: 1 }]);
  });

  test('to the same subscription twice is a conflict', async () => {
    const promoCode = await makePromoCode(subject);
    await apply(promoCode, 'subs_1');

    const failure = await failureOf(apply(promoCode, 'subs_1'));

    expect(failure).toMatchObject({ kind: 'REJECTED', reason: 'CONFLICT', unchanged: true });
  });

  test('again after it was removed is a new use', async () => {
    const promoCode = await makePromoCode(subject);
    const first = defined(await apply(promoCode, 'subs_1'));
    await remove(first, 'subs_1');
    const second = await apply(promoCode, 'subs_1');

    expect(second).not.toBe(first);
    expect(await uses(promoCode, 'subs_1')).toHaveLength(2);
  });

  test('to several subscriptions is a use of each', async () => {
    const promoCode = await makePromoCode(subject);

    const applied = await Promise.all(['subs_1', 'subs_2', 'subs_3'].map((id) => apply(promoCode, id)));

    expect(new Set(applied).size).toBe(3);
    expect(await uses(promoCode, 'subs_2')).toEqual([applied[1]]);
  });

  test('beyond its limit fails', async () => {
    const promoCode = await makePromoCode(subject, { maxRedemptions: 1 });
    await apply(promoCode, 'subs_1');

    expect(await failureOf(apply(promoCode, 'subs_2'))).toMatchObject({ kind: 'REJECTED', unchanged: true });
  });

  test('that no longer exists fails with NOT_FOUND', async () => {
    const unknown = { providerId: 'coupon_unknown', code: freshCode() };

    expect(await failureOf(apply(unknown, 'subs_1'))).toMatchObject({ kind: 'REJECTED', reason: 'NOT_FOUND' });
  });

  test('to an unknown subscription fails with NOT_FOUND', async () => {
    const failure = await failureOf(apply(await makePromoCode(subject), 'nobody'));

    expect(failure).toMatchObject({ kind: 'REJECTED', reason: 'NOT_FOUND', unchanged: true });
  });
});

test('a coupon can be applied by its id alone', async () => {
  const coupon = await makeCoupon(subject);

  const use = await apply({ providerId: coupon.providerId }, 'subs_1');

  expect(await uses(coupon, 'subs_1')).toEqual([use]);
});

test('applying an unknown coupon fails', async () => {
  const failure = await failureOf(apply({ providerId: 'coupon_unknown' }, 'subs_1'));

  expect(failure).toMatchObject({ kind: 'REJECTED', reason: 'NOT_FOUND', unchanged: true });
});

describe('a lost answer', () => {
  test('before the application means that nothing has changed', async () => {
    const promoCode = await makePromoCode(subject);
    simulator.fail({ kind: 'hang-up', method: 'GET' });

    expect(await failureOf(apply(promoCode, 'subs_1'))).toMatchObject({ kind: 'UNAVAILABLE', unchanged: true });
    expect(await uses(promoCode, 'subs_1')).toEqual([]);
  });

  test('to the application is resolved by listing the uses', async () => {
    const promoCode = await makePromoCode(subject);
    simulator.fail({ kind: 'hang-up', method: 'POST', commit: true });

    expect(await failureOf(apply(promoCode, 'subs_1'))).toMatchObject({ kind: 'UNAVAILABLE', unchanged: false });
    expect(await uses(promoCode, 'subs_1')).toHaveLength(1);
  });

  test('to the read after the application is reported as a changed state', async () => {
    const promoCode = await makePromoCode(subject);
    const failSecondReading = () => simulator.fail({ kind: 'hang-up', method: 'GET' });
    simulator.fail({ kind: 'late', method: 'POST', onStrike: failSecondReading });

    expect(await failureOf(apply(promoCode, 'subs_1'))).toMatchObject({ kind: 'UNAVAILABLE', unchanged: false });
    expect(await uses(promoCode, 'subs_1')).toHaveLength(1);
  });

  test('to a removal is resolved by repeating the removal', async () => {
    const promoCode = await makePromoCode(subject);
    const use = defined(await apply(promoCode, 'subs_1'));
    simulator.fail({ kind: 'hang-up', method: 'POST', commit: true });

    expect(await failureOf(remove(use, 'subs_1'))).toMatchObject({ unchanged: false });
    expect(await remove(use, 'subs_1')).toBeUndefined();
  });
});

describe('a removed use', () => {
  test('stays counted, and removing it again is not an error', async () => {
    const promoCode = await makePromoCode(subject);
    const use = defined(await apply(promoCode, 'subs_1'));

    await remove(use, 'subs_1');
    await remove(use, 'subs_1');

    expect(await provider.findPromoCodes?.(promoCode.code, {})).toMatchObject([{ redeemedCount: 1 }]);
    expect(await uses(promoCode, 'subs_1')).toEqual([use]);
  });

  test('belongs to its subscription only', async () => {
    const use = defined(await apply(await makePromoCode(subject), 'subs_1'));

    expect(await failureOf(remove(use, 'subs_2'))).toMatchObject({ kind: 'REJECTED', unchanged: true });
    expect(await failureOf(remove('coupon_assoc_unknown', 'subs_1'))).toMatchObject({
      kind: 'REJECTED',
      reason: 'NOT_FOUND',
    });
  });
});
