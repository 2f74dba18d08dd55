import { expect, it } from 'vitest';
import type { Fault } from '../../../src/simulators/index.ts';
import { sharedGateway } from '../../support/gateways.ts';
import { dollars } from '../../support/money.ts';
import { openShop } from '../../support/shop.ts';
import type { Json } from '../../support/start-gateway.ts';

const gateway = await sharedGateway();
const shop = openShop(gateway);

/** Refuses all further calls with 401, which the gateway does not retry. */
const locksOut: Fault = { kind: 'answer', status: 401, times: Number.POSITIVE_INFINITY };

async function expectReason(use: Json, reason: string): Promise<void> {
  expect(await shop.quote(use)).toMatchObject({ refusal: { reason } });
  expect(await shop.redeem(use)).toMatchObject({ reason });
  expect(await shop.hold(use)).toMatchObject({ reason });
}

it('NOT_FOUND comes before CANNOT_VERIFY if no unavailable provider can look codes up', async () => {
  gateway.duro.fail(locksOut);
  gateway.chatdash.fail(locksOut);
  await expectReason({ code: 'NOWHERE' }, 'NOT_FOUND');
});

it('AMBIGUOUS_CODE comes before CANNOT_VERIFY and before the refusals of each code', async () => {
  const rules = { perCustomerLimit: 1, minimumOrder: dollars(5000) };
  await shop.createPromoCode({ provider: 'DURO', code: 'TWICE', ...rules });
  await shop.createPromoCode({ provider: 'FLEXPRICE', code: 'TWICE', ...rules });
  await expectReason({ code: 'Twice', order: { amount: dollars(1) } }, 'AMBIGUOUS_CODE');
  gateway.advance(61_000);
  gateway.duro.fail(locksOut);
  await expectReason({ code: 'Twice' }, 'AMBIGUOUS_CODE');
});

it.each<[reason: string, terms: () => Json, prepare?: (code: Json) => Promise<unknown>]>([
  ['EXPIRED', () => ({ expiresAt: shop.inSeconds(61) })],
  ['EXHAUSTED', () => ({ maxRedemptions: 1 }), ({ code }) => shop.redeem({ code, customerId: 'cus_9' })],
  ['INACTIVE', () => ({}), ({ id }) => shop.update({ id, active: false })],
  ['NOT_STARTED', () => ({ startsAt: shop.inSeconds(3600) })],
  ['CUSTOMER_REQUIRED', () => ({ perCustomerLimit: 1 })],
  ['NOT_FIRST_TRANSACTION', () => ({ firstTransactionOnly: true })],
  ['ORDER_AMOUNT_REQUIRED', () => ({ minimumOrder: dollars(5000) })],
])('CANNOT_VERIFY comes before %s', async (reason, terms, prepare) => {
  const promoCode = await shop.createPromoCode({ provider: 'FLEXPRICE', ...terms() });
  await prepare?.(promoCode);
  gateway.advance(61_000);
  gateway.flexprice.fail(locksOut);
  await expectReason({ code: promoCode.code }, 'CANNOT_VERIFY');
  gateway.flexprice.heal();
  await expectReason({ code: promoCode.code }, reason);
});
