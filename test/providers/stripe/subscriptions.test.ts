import { describe, expect, test } from 'vitest';
import { defined } from '../../support/defined.ts';
import { failureOf, makeCoupon, makePromoCode } from '../subject.ts';
import { openSubscriptions } from './open-subscriptions.ts';

const { subject, rival, uses, newSubscription, apply, applyNew, remove, discountsOf, changes } =
  await openSubscriptions();

describe('applying a promo code', () => {
  test('counts a use and returns the id of the discount', async () => {
    const subscription = newSubscription();
    const promoCode = await makePromoCode(subject);

    const use = await apply(promoCode, subscription);

    expect(use).toMatch(/^di_/);
    expect(await uses(promoCode, subscription)).toEqual([use]);
    expect(await subject.provider.findPromoCodes?.(promoCode.code, {})).toMatchObject([{ redeemedCount: 1 }]);
  });

  test('keeps the discounts that the subscription has, in their order', async () => {
    const subscription = newSubscription();
    const [first, second] = [await makePromoCode(subject), await makeCoupon(subject)];
    await rival.subscriptions.update(subscription, {
      discounts: [{ promotion_code: first.providerId }, { coupon: second.providerId }],
    });
    const others = await discountsOf(subscription);

    const use = await applyNew(subscription);

    expect(await discountsOf(subscription)).toEqual([...others, use]);
  });

  test('to a subscription that has it already is a conflict, and sends no change', async () => {
    const subscription = newSubscription();
    const promoCode = await makePromoCode(subject);
    await apply(promoCode, subscription);

    const failure = await failureOf(apply(promoCode, subscription));

    expect(failure).toMatchObject({ kind: 'REJECTED', reason: 'CONFLICT', unchanged: true });
    expect(changes(subscription)).toHaveLength(1);
  });

  test('again after it was removed is a new use', async () => {
    const subscription = newSubscription();
    const promoCode = await makePromoCode(subject);
    const first = await apply(promoCode, subscription);
    await remove(first, subscription);

    const second = await apply(promoCode, subscription);

    expect(second).not.toBe(first);
    expect(await discountsOf(subscription)).toEqual([second]);
  });

  test('to an unknown subscription fails with NOT_FOUND', async () => {
    const failure = await failureOf(apply(await makePromoCode(subject), 'of_another_system'));

    expect(failure).toMatchObject({ kind: 'REJECTED', reason: 'NOT_FOUND', unchanged: true });
  });
});

test('a coupon can be applied without a code', async () => {
  const subscription = newSubscription();
  const coupon = await makeCoupon(subject);

  const use = await apply({ providerId: coupon.providerId }, subscription);

  expect(await uses(coupon, subscription)).toEqual([use]);
});

test('the use of a code is not a use of its coupon', async () => {
  const subscription = newSubscription();
  const promoCode = await makePromoCode(subject);
  await apply(promoCode, subscription);

  expect(await uses({ providerId: defined(promoCode.coupon).providerId }, subscription)).toEqual([]);
});

describe('a lost answer', () => {
  test('before the application means that nothing has changed', async () => {
    const subscription = newSubscription();
    const promoCode = await makePromoCode(subject);
    subject.simulator.fail({ kind: 'late', method: 'GET', path: new RegExp(subscription) });
    subject.simulator.fail({ kind: 'hang-up', method: 'GET', path: new RegExp(subscription) });

    expect(await failureOf(apply(promoCode, subscription))).toMatchObject({ kind: 'UNAVAILABLE', unchanged: true });
    expect(await uses(promoCode, subscription)).toEqual([]);
  });

  test('to the application is resolved by listing the uses', async () => {
    const subscription = newSubscription();
    const promoCode = await makePromoCode(subject);
    subject.simulator.fail({ kind: 'hang-up', method: 'POST', commit: true });

    expect(await failureOf(apply(promoCode, subscription))).toMatchObject({ kind: 'UNAVAILABLE', unchanged: false });
    expect(await uses(promoCode, subscription)).toHaveLength(1);
  });

  test('to the read after the application is reported as a changed state', async () => {
    const subscription = newSubscription();
    const promoCode = await makePromoCode(subject);
    const failNextRead = () => subject.simulator.fail({ kind: 'hang-up', method: 'GET', path: /subscriptions/ });
    subject.simulator.fail({ kind: 'late', method: 'POST', onStrike: failNextRead });

    expect(await failureOf(apply(promoCode, subscription))).toMatchObject({ kind: 'UNAVAILABLE', unchanged: false });
    expect(await uses(promoCode, subscription)).toHaveLength(1);
  });

  test('to a removal is resolved by repeating the removal', async () => {
    const subscription = newSubscription();
    const use = await applyNew(subscription);
    subject.simulator.fail({ kind: 'hang-up', method: 'POST', commit: true });

    expect(await failureOf(remove(use, subscription))).toMatchObject({ unchanged: false });
    expect(await remove(use, subscription)).toBeUndefined();
  });
});

describe('a removed use', () => {
  test('stays counted, and removing it again is not an error', async () => {
    const subscription = newSubscription();
    const promoCode = await makePromoCode(subject);
    const use = await apply(promoCode, subscription);

    await remove(use, subscription);
    await remove(use, subscription);

    expect(await subject.provider.findPromoCodes?.(promoCode.code, {})).toMatchObject([{ redeemedCount: 1 }]);
    expect(await discountsOf(subscription)).toEqual([]);
  });

  test('is the only one that is removed', async () => {
    const subscription = newSubscription();
    const first = await applyNew(subscription);
    const second = await applyNew(subscription);
    const third = await applyNew(subscription);

    await remove(second, subscription);

    expect(await discountsOf(subscription)).toEqual([first, third]);
  });
});
