import { expect, test } from 'vitest';
import { FORM_BODY, formPairs } from '../../../src/providers/client/request-format.ts';

test('a form writes nested names in brackets, leaves out what is undefined, and clears what is null', () => {
  const pairs = formPairs({
    promotion: { type: 'coupon', coupon: 'c1' },
    restrictions: { currency_options: { eur: { minimum_amount: 900 } }, minimum_amount: undefined },
    active: false,
    metadata: null,
    expand: ['promotion.coupon', 'restrictions.currency_options'],
    nothing: {},
  });

  expect(pairs).toEqual([
    ['promotion[type]', 'coupon'],
    ['promotion[coupon]', 'c1'],
    ['restrictions[currency_options][eur][minimum_amount]', '900'],
    ['active', 'false'],
    ['metadata', ''],
    ['expand[0]', 'promotion.coupon'],
    ['expand[1]', 'restrictions.currency_options'],
  ]);
});

test('a form encodes names and values', () => {
  expect(FORM_BODY.write({ metadata: { 'a&b': 'c=d é' } })).toBe('metadata%5Ba%26b%5D=c%3Dd+%C3%A9');
});
