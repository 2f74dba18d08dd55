import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Json, type RunningGateway, startGateway } from '../start-gateway.ts';

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

const CREATE = `mutation ($input: CreatePromoCodeInput!) {
  createPromoCode(input: $input) {
    __typename
    ... on CreatePromoCodePayload { promoCode { id } }
    ... on PromotionError { message }
  }
}`;

async function create(provider: string, code: string): Promise<Json> {
  const input = { provider, code, discount: { percentage: '10' } };
  return (await gateway.run(CREATE, { input })).createPromoCode;
}

it.each(['DURO', 'FLEXPRICE', 'STRIPE_CONNECT'])(
  'ten parallel creations of one code at %s, spelled in any case, make one',
  async (provider) => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => create(provider, index % 2 === 0 ? 'Rush' : 'RUSH')),
    );
    const made = answers.filter(({ __typename }) => __typename === 'CreatePromoCodePayload');
    const refused = answers.filter(({ __typename }) => __typename === 'PromotionConflictError');
    expect([made.length, refused.length]).toEqual([1, 9]);
    const sandbox = { DURO: gateway.duro, FLEXPRICE: gateway.flexprice, STRIPE_CONNECT: gateway.chatdash }[provider];
    expect(sandbox?.codes().filter((code) => code.toUpperCase() === 'RUSH')).toHaveLength(1);
    // Nor does a code that was not made leave a coupon behind.
    expect(sandbox?.calls.filter(({ method, path }) => method === 'POST' && /coupons$/.test(path)).length).toBeLessThan(
      2,
    );
  },
);

it('a code whose creation has an outcome that nobody knows is not made by another call meanwhile', async () => {
  gateway.duro.fail({ kind: 'hang-up', commit: true, method: 'POST' });
  expect(await create('DURO', 'LOST')).toMatchObject({ __typename: 'PromotionProviderError' });
  expect(await create('DURO', 'lost')).toMatchObject({ __typename: 'PromotionConflictError' });
  expect(gateway.duro.codes().filter((code) => code.toUpperCase() === 'LOST')).toHaveLength(1);
});
