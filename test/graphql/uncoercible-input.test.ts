import { describe, expect, it } from 'vitest';
import { sharedGateway } from '../support/gateways.ts';
import { dollars } from '../support/money.ts';
import { documentOf } from '../support/mutations.ts';
import type { Json } from '../support/start-gateway.ts';

const gateway = await sharedGateway();

const promo = { provider: 'FLEXPRICE', discount: { percentage: '10' } };

describe('GraphQL itself refuses with status 400', () => {
  it.each([
    ['a number as a date', { ...promo, expiresAt: 5 }],
    ['a string as an amount', { ...promo, discount: { amount: { minorUnits: '5', currency: 'USD' } } }],
    ['a list as metadata', { ...promo, metadata: ['a'] }],
    ['an unknown provider', { ...promo, provider: 'PAYPAL' }],
    ['an Int above 2^31 - 1', { ...promo, duration: { kind: 'REPEATING', count: 2 ** 31 } }],
    ['a string as a limit', { ...promo, maxRedemptions: '5' }],
    ['both kinds of discount', { ...promo, discount: { percentage: '1', amount: dollars(1) } }],
    ['no kind of discount', { ...promo, discount: {} }],
    ['a field that is not there', { ...promo, colour: 'red' }],
  ])('%s', async (_, input) => {
    const answer = await fetch(gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
      body: JSON.stringify({
        query: documentOf('createPromoCode'),
        variables: { input },
      }),
    });
    expect(answer.status).toBe(400);
    const body: Json = JSON.parse(await answer.text());
    expect(body.data).toBeUndefined();
    expect(body.errors[0].message).not.toBe('Unexpected error.');
  });
});
