import { describe, expect, it } from 'vitest';
import { codeFault } from '../../../src/domain/codes/code.ts';
import { duroClient, flexpriceClient, idOf } from '../../simulators/client.ts';
import { defined } from '../../support/defined.ts';
import { sharedGateway } from '../../support/gateways.ts';
import { payloadOf } from '../../support/mutations.ts';
import { openShop } from '../../support/shop.ts';
import type { Json } from '../../support/start-gateway.ts';

const gateway = await sharedGateway();
const shop = openShop(gateway);

const BY_CODE =
  'query ($code: String!, $provider: PromotionProvider) { promoCodeByCode(code: $code, provider: $provider) { id code } }';
const readByCode = async (code: string, provider?: string): Promise<Json> =>
  (await gateway.run(BY_CODE, { code, provider })).promoCodeByCode;
const listed = async (filter: Json): Promise<string[]> =>
  defined(
    (await gateway.run('query ($filter: PromoCodeFilter) { promoCodes(filter: $filter) { nodes { id } } }', { filter }))
      .promoCodes,
  ).nodes.map(({ id }) => id);
/** Creates a code at Duro, as its dashboard does, and makes the gateway read it. */
async function madeAtDuro(code: string): Promise<Json> {
  const body = { code, discountType: 'percentage', discountValue: 10, duration: 'once' };
  const key = { 'idempotency-key': shop.newKey() };
  const id = idOf(await duroClient(gateway.duro)('POST', '/v1/promo-codes', body, key));
  const query = 'query ($id: ID!) { promoCodeByProviderId(provider: DURO, providerId: $id) { id code } }';
  return (await gateway.run(query, { id })).promoCodeByProviderId;
}

async function madeAtFlexprice(coupon_code: string): Promise<void> {
  const terms = { type: 'percentage', percentage_off: '10', cadence: 'once' };
  await flexpriceClient(gateway.flexprice)('POST', '/coupons', { name: 'Ten', coupon_code, ...terms });
}

describe.each([
  ['with invisible characters', 'LAUNCH-1', '\ufeffLAU\u200bNCH\u00ad-1\u200f'],
  ['between line breaks and other blanks', 'LAUNCH-2', '\r\n\u00a0launch-2\u2003'],
  ['with a dash for the hyphen', 'LAUNCH-3', 'launch–3'],
  ['with the digits of another script', 'LAUNCH-4', 'Launch-٤'],
  ['full-width', 'LAUNCH-5', 'ｌａｕｎｃｈ－５'],
  ['with the dotted I of Turkish', 'INDIRIM-6', 'İNDİRİM-6'],
  ['in small letters of a Turkish keyboard', 'INDIRIM-7', 'ındırım-7'],
  ['with a capital ß for SS', 'SOMMERSPASS-8', 'SOMMERSPAẞ-8'],
  ['with other blanks within', 'SUMMER 50', 'summer\u00a0\u200950'],
])('a code that is typed %s', (_, code, typed) => {
  it('means the same code in every operation', async () => {
    const { id } = await shop.createPromoCode({ code });
    expect(await readByCode(typed)).toEqual({ id, code });
    expect(await shop.quote({ code: typed })).toMatchObject({ eligible: true });
    const order = shop.newOrder();
    const held = payloadOf(await shop.hold({ code: typed, order }));
    expect(held).toMatchObject({ redemption: { status: 'HELD' } });
    expect(await shop.redeem({ code, order })).toMatchObject({ redemption: { id: held.redemption.id } });
    expect(await listed({ code: typed })).toEqual([id]);
    expect(await listed({ codePrefix: typed })).toEqual([id]);
    const again = { code: typed, order: shop.newOrder(), idempotencyKey: shop.newKey() };
    const redeemed = await shop.redeem(again);
    expect(await shop.redeem(again)).toMatchObject({ replayed: true, redemption: redeemed.redemption });
    const isFitToMake = codeFault(typed) === undefined;
    const answer = isFitToMake ? 'PromotionConflictError' : 'PromotionInputError';
    expect(await shop.tryCreatePromoCode({ code: typed })).toMatchObject({ __typename: answer });
  });

  it('is found at a provider that the gateway has not read yet', async () => {
    await madeAtFlexprice(`THERE-${code}`);
    expect(await shop.redeem({ code: `there–${typed.trim()}` })).toMatchObject({ replayed: false });
  });
});

it('a code that is being created blocks its text in every spelling', async () => {
  gateway.duro.fail({ kind: 'hang-up', commit: true, method: 'POST' });
  expect(await shop.tryCreatePromoCode({ code: 'OPEN-1' })).toMatchObject({ __typename: 'PromotionProviderError' });
  for (const code of ['open–1', 'OPEN−١']) {
    expect(await shop.tryCreatePromoCode({ code })).toMatchObject({ message: 'The code is being created' });
  }
});

it('a code with a dash is found with a dash, and with a hyphen once it is stored', async () => {
  await madeAtFlexprice('DASH–1');
  expect(await shop.redeem({ code: 'dash–1' })).toMatchObject({ replayed: false });
  expect(await shop.redeem({ code: 'DASH-1' })).toMatchObject({ replayed: false });
});

describe('of codes with the same normalized form,', () => {
  it('each in one account is found by its exact spelling, and any other spelling is ambiguous', async () => {
    const codes = ['SALE-9', 'sale-9', 'SALE–9'];
    for (const code of codes) await madeAtDuro(code);
    for (const code of codes) expect(await readByCode(code)).toMatchObject({ code });
    expect(await shop.redeem({ code: 'Sale-9' })).toMatchObject({ reason: 'AMBIGUOUS_CODE' });
    expect(await listed({ code: 'Sale-9' })).toHaveLength(3);
  });

  it('none at several providers is chosen by its spelling', async () => {
    await shop.createPromoCode({ code: 'both-1' });
    await shop.createPromoCode({ provider: 'STRIPE_CONNECT', code: 'BOTH-1' });
    for (const code of ['both-1', 'BOTH-1', 'Both-1']) {
      expect(await shop.quote({ code })).toMatchObject({ refusal: { reason: 'AMBIGUOUS_CODE' } });
      expect(await shop.redeem({ code })).toMatchObject({ reason: 'AMBIGUOUS_CODE' });
      expect(await shop.redeem({ code, provider: 'DURO' })).toMatchObject({ replayed: false });
    }
  });

  it('none in several accounts of one provider is chosen by its spelling', async () => {
    await shop.createPromoCode({ provider: 'STRIPE_CONNECT', account: 'acct_one', code: 'both-2' });
    await shop.createPromoCode({ provider: 'STRIPE_CONNECT', account: 'acct_two', code: 'BOTH-2' });
    expect(await shop.redeem({ code: 'both-2' })).toMatchObject({ reason: 'AMBIGUOUS_CODE' });
    expect(await shop.redeem({ code: 'both-2', account: 'acct_two' })).toMatchObject({ replayed: false });
  });

  it('one that can be redeemed is preferred to one with the exact spelling', async () => {
    const { id } = await shop.createPromoCode({ code: 'OVER-1' });
    await shop.update({ id, active: false });
    const other = await shop.createPromoCode({ provider: 'STRIPE_CONNECT', code: 'over-1' });
    expect(await readByCode('OVER-1')).toMatchObject({ id: other.id });
  });
});

describe('look-alike letters', () => {
  it('find the code that they resemble, also at a provider that the gateway has not read yet', async () => {
    const { id } = await shop.createPromoCode({ code: 'COPY-1' });
    expect(await readByCode('СОРУ-1')).toMatchObject({ id });
    expect(await shop.redeem({ code: 'сорy–1' })).toMatchObject({ replayed: false });
    await madeAtFlexprice('COPY-2');
    expect(await shop.redeem({ code: 'СОРУ-2' })).toMatchObject({ replayed: false });
  });

  it('find a code of another alphabet that is typed in Latin letters', async () => {
    const { id } = await shop.createPromoCode({ code: 'МАРТ' });
    expect(await readByCode('mapt')).toMatchObject({ id });
  });

  it('find nothing if a code has the exact text, so that codes that look alike stay separate', async () => {
    const latin = await shop.createPromoCode({ code: 'HOTEK' });
    const cyrillic = await shop.createPromoCode({ code: 'НОТЕК' });
    expect(await readByCode('hotek')).toMatchObject({ id: latin.id });
    expect(await readByCode('нотек')).toMatchObject({ id: cyrillic.id });
    // The text mixes two alphabets, so either code may be meant.
    expect(await shop.redeem({ code: 'HОTEК' })).toMatchObject({ reason: 'AMBIGUOUS_CODE' });
    await shop.update({ id: cyrillic.id, active: false });
    expect(await shop.redeem({ code: 'НОТЕК' })).toMatchObject({ reason: 'INACTIVE' });
  });

  it('find nothing while a provider that may have the exact text is unavailable', async () => {
    await shop.createPromoCode({ code: 'COPY-3' });
    gateway.flexprice.fail({ kind: 'answer', status: 503, times: Number.POSITIVE_INFINITY });
    expect(await shop.redeem({ code: 'СОРУ-3' })).toMatchObject({ reason: 'CANNOT_VERIFY' });
    expect(await shop.redeem({ code: 'COPY-3' })).toMatchObject({ replayed: false });
  });

  it('never merge two Latin letters or digits', async () => {
    await shop.createPromoCode({ code: 'L0OK-1I' });
    for (const code of ['LO0K-1I', 'L00K-1I', 'LOOK-1I', 'L0OK-II', 'L0OK-11', 'L0OK-1l']) {
      expect(await shop.redeem({ code })).toMatchObject({ reason: 'NOT_FOUND' });
    }
  });
});
