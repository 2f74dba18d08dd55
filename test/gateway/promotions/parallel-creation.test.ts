import { expect, it } from 'vitest';
import { PROVIDERS } from '../../../src/domain/promotion/promotion.ts';
import { duroClient } from '../../simulators/client.ts';
import { delayAnswer } from '../../support/delay-answer.ts';
import { sharedGateway } from '../../support/gateways.ts';
import { mutate } from '../../support/mutations.ts';
import { startProcess } from '../../support/processes/gateway-process.ts';
import { openShop } from '../../support/shop.ts';
import type { Json } from '../../support/start-gateway.ts';

const gateway = await sharedGateway();

const shop = openShop(gateway);
const create = (provider: string, code: string): Promise<Json> => shop.tryCreatePromoCode({ provider, code });

it.each(PROVIDERS)(
  'ten parallel creations of one code at %s in different letter cases make one code',
  async (provider) => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => create(provider, index % 2 === 0 ? 'Rush' : 'RUSH')),
    );
    const made = answers.filter(({ __typename }) => __typename === 'CreatePromoCodePayload');
    const refused = answers.filter(({ __typename }) => __typename === 'PromotionConflictError');
    expect([made.length, refused.length]).toEqual([1, 9]);
    const simulator = gateway.simulatorOf(provider);
    expect(simulator.codes().filter((code) => code.toUpperCase() === 'RUSH')).toHaveLength(1);
    // A refused code leaves no coupon of its own.
    expect(
      simulator.calls.filter(({ method, path }) => method === 'POST' && /coupons$/.test(path)).length,
    ).toBeLessThan(2);
  },
);

it('a code whose creation has an unknown outcome is not created by another call', async () => {
  gateway.duro.fail({ kind: 'hang-up', commit: true, method: 'POST' });
  expect(await create('DURO', 'LOST')).toMatchObject({ __typename: 'PromotionProviderError' });
  expect(await create('DURO', 'lost')).toMatchObject({ __typename: 'PromotionConflictError' });
  expect(gateway.duro.codes().filter((code) => code.toUpperCase() === 'LOST')).toHaveLength(1);
});

it.each([
  ['another case', 'SALE'],
  ['another hyphen', 'sale–1'],
])('a delayed creation that found its text free does not create the code a second time with %s', async (_, spelled) => {
  const code = spelled.includes('–') ? 'sale-1' : 'sale';
  const { promoCode } = await create('DURO', code);
  // Archives the code at Duro, so that its text is free there while the store still has the code.
  await duroClient(gateway.duro)(
    'PATCH',
    `/v1/promo-codes/${promoCode.providerId}`,
    { active: false },
    { 'idempotency-key': code },
  );
  const other = await startProcess({ ...gateway.variables, SYNC_SECONDS: '0' });
  const look = delayAnswer(gateway.duro, { method: 'GET' });
  try {
    const slow = create('DURO', spelled);
    await look.isSent;
    const input = { provider: 'DURO', code: `S${code.slice(1)}`, discount: { percentage: '10' } };
    expect(await mutate(other.run, 'createPromoCode', input)).toMatchObject({ __typename: 'CreatePromoCodePayload' });
    look.answer();
    expect(await slow).toMatchObject({ message: 'A live promo code has this code' });
  } finally {
    await other.end('SIGTERM');
  }
});
