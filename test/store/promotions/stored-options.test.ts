import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Money } from '../../../src/domain/money/money.ts';
import type { ProviderCoupon, ProviderPromoCode } from '../../../src/domain/provider/provider.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { dollars } from '../../support/money.ts';
import { CODE, COUPON, OWNER } from '../migrations/old-files.ts';
import { readNow } from '../store-parts.ts';
import { STORES, type TestStore } from '../test-stores.ts';
import { UNUSED } from '../unused-facts.ts';

const euros = { minorUnits: 450, currency: 'EUR' };
const yen = { minorUnits: 700, currency: 'JPY' };

const couponWith = (currencyOptions?: Money[]): ProviderCoupon => ({
  ...UNUSED,
  kind: 'Coupon',
  providerId: 'coupon',
  name: null,
  discount: { kind: 'FIXED', amount: dollars(500), ...(currencyOptions && { currencyOptions }) },
});

const codeWith = (coupon: ProviderCoupon, minimumOrderOptions?: Money[]): ProviderPromoCode => ({
  ...UNUSED,
  kind: 'PromoCode',
  providerId: 'promo',
  code: 'FIVE',
  coupon,
  discount: coupon.discount,
  customerId: null,
  planId: null,
  firstTransactionOnly: false,
  minimumOrder: dollars(1000),
  minimumOrderOptions,
});

describe.each(STORES)('amounts in other currencies on %s', (_, create) => {
  let place: TestStore;
  let store: Store;
  beforeEach(async () => {
    place = await create();
    store = await openStore(place.address);
  });
  afterEach(async () => {
    await store.close();
    await place.remove();
  });

  const save = async (facts: ProviderCoupon | ProviderPromoCode) =>
    store.promotions.save(OWNER, facts, await readNow(store.promotions, 0));
  const coupon = () => store.promotions.get(COUPON, 0);
  const promoCode = () => store.promotions.get(CODE, 0);

  it('are kept while answers omit them, and go if an answer shows none', async () => {
    await save(couponWith([euros, yen]));
    expect(await coupon()).toMatchObject({ discount: { amount: dollars(500), currencyOptions: [euros, yen] } });
    await save(couponWith());
    expect(await coupon()).toMatchObject({ discount: { currencyOptions: [euros, yen] } });
    await save(couponWith([]));
    expect((await coupon())?.discount).toEqual({ kind: 'FIXED', amount: dollars(500) });
  });

  it('go if the discount becomes a percentage', async () => {
    await save(couponWith([euros]));
    await save({ ...couponWith(), discount: { kind: 'PERCENTAGE', percentage: '10' } });
    await save(couponWith());
    expect((await coupon())?.discount).toEqual({ kind: 'FIXED', amount: dollars(500) });
  });

  it('of a minimum order are kept in the same way', async () => {
    await save(codeWith(couponWith(), [euros]));
    await save(codeWith(couponWith()));
    expect(await promoCode()).toMatchObject({ minimumOrder: dollars(1000), minimumOrderOptions: [euros] });
    await save(codeWith(couponWith(), []));
    expect(await promoCode()).not.toHaveProperty('minimumOrderOptions');
  });

  it('of a promo code are those of its coupon, also after a read of the coupon alone', async () => {
    await save(codeWith(couponWith([euros])));
    expect(await promoCode()).toMatchObject({ discount: { currencyOptions: [euros] } });
    await save(couponWith([yen]));
    expect(await promoCode()).toMatchObject({ discount: { currencyOptions: [yen] } });
  });

  it('reach listeners when they change', async () => {
    await save(couponWith([euros]));
    await save(codeWith(couponWith([euros]), [euros]));
    const changes = await store.changes.open();
    await save(couponWith([euros]));
    expect(await changes.next()).toMatchObject({ changes: [] });
    await save(couponWith([yen]));
    expect(await changes.next()).toMatchObject({ changes: [{ promotionId: COUPON, redemption: null }] });
    await save(codeWith(couponWith([yen]), [yen]));
    expect(await changes.next()).toMatchObject({ changes: [{ promotionId: CODE, redemption: null }] });
  });
});
