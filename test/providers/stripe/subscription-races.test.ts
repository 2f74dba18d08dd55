import { describe, expect, test } from 'vitest';
import { defined } from '../../support/defined.ts';
import { failureOf, makePromoCode, writeCall } from '../subject.ts';
import { openSubscriptions } from './open-subscriptions.ts';

const { subject, rival, uses, newSubscription, apply, applyNew, remove, discountsOf, changes, meanwhile } =
  await openSubscriptions();

test('parallel applications to one subscription keep each other', async () => {
  const subscription = newSubscription();
  const promoCodes = await Promise.all([1, 2, 3, 4].map(() => makePromoCode(subject)));

  const applied = await Promise.all(promoCodes.map((promoCode) => apply(promoCode, subscription)));

  expect((await discountsOf(subscription)).toSorted()).toEqual(applied.toSorted());
  expect(changes(subscription)).toHaveLength(4);
});

test('parallel removals from one subscription keep the rest', async () => {
  const subscription = newSubscription();
  const [first, second, third] = [
    await applyNew(subscription),
    await applyNew(subscription),
    await applyNew(subscription),
  ];

  await Promise.all([remove(first, subscription), remove(third, subscription)]);

  expect(await discountsOf(subscription)).toEqual([second]);
});

describe('if another writer', () => {
  test('replaces the new discount by its own, both stand in the end', async () => {
    const subscription = newSubscription();
    const [promoCode, other] = [await makePromoCode(subject), await makePromoCode(subject)];
    meanwhile('POST', subscription, () =>
      rival.subscriptions.update(subscription, { discounts: [{ promotion_code: other.providerId }] }),
    );

    const use = await apply(promoCode, subscription);

    const [others] = defined(await uses(other, subscription));
    expect(await discountsOf(subscription)).toEqual([others, use]);
  });

  test('empties the list each time, the application fails and leaves nothing', async () => {
    const subscription = newSubscription();
    const call = writeCall();
    const emptyNext = (times: number) =>
      meanwhile('POST', subscription, async () => {
        await rival.subscriptions.update(subscription, { discounts: '' });
        if (times > 1) emptyNext(times - 1);
      });
    emptyNext(3);

    const failure = await failureOf(apply(await makePromoCode(subject), subscription, call));

    expect(failure).toMatchObject({ kind: 'UNAVAILABLE', unchanged: true, retryable: true });
    expect(await discountsOf(subscription)).toEqual([]);
    const keys = changes(subscription).flatMap(({ headers }) => headers['idempotency-key'] ?? []);
    const own = keys.filter((key) => key.startsWith(call.intentId));
    expect(new Set(own).size).toBe(3);
  });

  test('removes a discount between the read and the change, it stays removed', async () => {
    const subscription = newSubscription();
    const [promoCode, other] = [await makePromoCode(subject), await makePromoCode(subject)];
    await apply(other, subscription);
    subject.simulator.fail({ kind: 'late', method: 'GET', path: new RegExp(subscription) });
    meanwhile('GET', subscription, () => rival.subscriptions.update(subscription, { discounts: '' }));

    const use = await apply(promoCode, subscription);

    expect(await discountsOf(subscription)).toEqual([use]);
  });

  test('removes another discount during a removal, both are gone', async () => {
    const subscription = newSubscription();
    const first = await applyNew(subscription);
    const second = await applyNew(subscription);
    await applyNew(subscription);
    meanwhile('GET', subscription, () =>
      rival.subscriptions.update(subscription, { discounts: [{ discount: first }, { discount: second }] }),
    );

    await remove(first, subscription);

    expect(await discountsOf(subscription)).toEqual([second]);
  });

  describe('adds a discount between the read and the change', () => {
    const addMeanwhile = (subscription: string, { providerId }: { providerId: string }, kept: string[] = []) =>
      meanwhile('GET', subscription, () => {
        const others = kept.map((discount) => ({ discount }));
        return rival.subscriptions.update(subscription, { discounts: [...others, { promotion_code: providerId }] });
      });

    test('an application puts it back', async () => {
      const subscription = newSubscription();
      const other = await makePromoCode(subject);
      addMeanwhile(subscription, other);

      const use = await applyNew(subscription);

      expect(await discountsOf(subscription)).toEqual([use, ...defined(await uses(other, subscription))]);
      expect(await uses(other, subscription)).toHaveLength(1);
    });

    test('a removal puts it back', async () => {
      const subscription = newSubscription();
      const other = await makePromoCode(subject);
      const use = await applyNew(subscription);
      addMeanwhile(subscription, other, [use]);

      await remove(use, subscription);

      expect(await discountsOf(subscription)).toEqual(await uses(other, subscription));
      expect(await uses(other, subscription)).toHaveLength(1);
    });

    test('that can be used only once, the application stands and the other discount is lost', async () => {
      const subscription = newSubscription();
      addMeanwhile(subscription, await makePromoCode(subject, { maxRedemptions: 1 }));

      const use = await applyNew(subscription);

      expect(await discountsOf(subscription)).toEqual([use]);
    });

    test('and the key may not read events, the application stands', async () => {
      const subscription = newSubscription();
      addMeanwhile(subscription, await makePromoCode(subject));
      subject.simulator.fail({
        kind: 'answer',
        status: 403,
        path: /events/,
        body: { error: { message: 'No access' } },
      });

      const use = await applyNew(subscription);

      expect(await discountsOf(subscription)).toEqual([use]);
    });
  });

  test('has applied the code meanwhile, the application is a conflict', async () => {
    const subscription = newSubscription();
    const promoCode = await makePromoCode(subject);
    meanwhile('POST', subscription, async () => {
      await rival.subscriptions.update(subscription, { discounts: '' });
      await rival.subscriptions.update(subscription, { discounts: [{ promotion_code: promoCode.providerId }] });
    });

    expect(await failureOf(apply(promoCode, subscription))).toMatchObject({ reason: 'CONFLICT', unchanged: true });
    expect(await discountsOf(subscription)).toHaveLength(1);
  });
});
