import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Json, type RunningGateway, startGateway } from '../../support/start-gateway.ts';

/** A metadata key that Flexprice's adapter reserves for its own marks. */
const RESERVED = { promo_gateway_kind: 'code' };
const answerOf = (mutation: string) => `__typename
  ... on UnsupportedByProviderError { fields }
  ... on ${mutation}Payload { coupon { id metadata } }`;

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

async function create(input: Record<string, unknown>): Promise<Json> {
  const query = `mutation ($input: CreateCouponInput!) { createCoupon(input: $input) { ${answerOf('CreateCoupon')} } }`;
  return (await gateway.run(query, { input: { name: 'Summer', discount: { percentage: '10' }, ...input } }))
    .createCoupon;
}

async function update(input: Record<string, unknown>): Promise<Json> {
  const query = `mutation ($input: UpdateCouponInput!) { updateCoupon(input: $input) { ${answerOf('UpdateCoupon')} } }`;
  return (await gateway.run(query, { input })).updateCoupon;
}

const refused = { __typename: 'UnsupportedByProviderError', fields: ['metadata'] };

it('metadata that a provider reserves for the gateway is refused before any call', async () => {
  const { coupon } = await create({ provider: 'FLEXPRICE', metadata: { team: 'growth' } });
  const calls = gateway.callsToProviders();
  expect(await create({ provider: 'FLEXPRICE', metadata: RESERVED })).toEqual(refused);
  expect(await update({ id: coupon.id, metadata: RESERVED })).toEqual(refused);
  expect(gateway.callsToProviders()).toBe(calls);
});

it('a provider that keeps no metadata reserves none: the gateway keeps any key', async () => {
  const { coupon } = await create({ provider: 'STRIPE_CONNECT', metadata: RESERVED });
  expect(coupon.metadata).toEqual(RESERVED);
  expect((await update({ id: coupon.id, metadata: { ...RESERVED, team: 'growth' } })).coupon.metadata).toEqual({
    ...RESERVED,
    team: 'growth',
  });
});
