import { describe, expect, test } from 'vitest';
import { openStripe, SECONDS } from './open-stripe.ts';

const FIVE_YEARS_ON = Date.parse('2031-08-01T10:00:00Z') / 1000;
const PAST = (name: string) =>
  `The parameter \`${name}\` expects a unix timestamp representing a date and time in the future. ` +
  `You specified the value \`${SECONDS}\` which is in the past.`;
const TOO_FAR = 'Invalid timestamp: can be no more than five years in the future.';

/** The error in Stripe's envelope. A field that is not named must be absent. */
const refused = (message: string, more: { code?: string; param?: string } = {}, status = 400) => ({
  status,
  body: { error: { message, type: 'invalid_request_error', ...more } },
});

describe('a coupon is refused by the Stripe simulator', () => {
  test.each([
    ['', 'Must provide percent_off or amount_off.', { code: 'parameter_missing' }],
    [
      'percent_off=5&amount_off=5&currency=usd',
      'Received both percent_off and amount_off parameters. Please pass in only one.',
      {},
    ],
    ['amount_off=5', 'You must pass currency when passing amount_off', { param: 'currency' }],
    [
      'percent_off=5&duration=repeating',
      'The duration_in_months param must be set when creating a coupon with a repeating duration',
      { param: 'duration' },
    ],
    [
      'percent_off=0',
      "This value must be greater than or equal to 0.01 (it currently is '0.0').",
      { param: 'percent_off' },
    ],
    [
      'percent_off=101',
      "This value must be less than or equal to 100 (it currently is '101.0').",
      { param: 'percent_off' },
    ],
    [
      'percent_off=5&currency_options[eur][amount_off]=5',
      'You may only specify one of these parameters: currency_options, percent_off.',
      { param: 'currency_options' },
    ],
    ['amount_off=1.5&currency=usd', 'Invalid integer: 1.5', { code: 'parameter_invalid_integer', param: 'amount_off' }],
    [
      'amount_off=5&currency=usd&currency_options[eur][amount_off]=0',
      "This value must be greater than or equal to 1 (it currently is '0').",
      { param: 'currency_options[eur][amount_off]' },
    ],
    [`percent_off=5&redeem_by=${SECONDS}`, PAST('redeem_by'), { param: 'redeem_by' }],
    [`percent_off=5&redeem_by=${FIVE_YEARS_ON + 1}`, TOO_FAR, { param: 'redeem_by' }],
    ['percent_off=5&id=taken', 'Coupon already exists.', { code: 'resource_already_exists' }],
    ['percent_off=5&expand[]=products', 'This property cannot be expanded (products).', { param: 'expand' }],
  ])('with the form "%s"', async (form, message, more) => {
    const { ask } = await openStripe();
    await ask('POST', '/v1/coupons', 'id=taken&percent_off=5');
    const { status, body } = await ask('POST', '/v1/coupons', form);
    expect({ status, body }).toEqual(refused(message, more));
  });
});

describe('a promotion code is refused by the Stripe simulator', () => {
  const ON_COUPON = 'promotion[type]=coupon&promotion[coupon]=c1';

  test.each([
    ['', 'Missing required param: promotion.', { code: 'parameter_missing', param: 'promotion' }],
    ['promotion[type]=coupon', 'You must pass promotion.coupon when passing promotion', { param: 'promotion.coupon' }],
    [
      'promotion[type]=coupon&promotion[coupon]=none',
      "No such coupon: 'none'",
      { code: 'resource_missing', param: 'promotion[coupon]' },
    ],
    [
      `${ON_COUPON}&code=a b`,
      'This value must match the regex pattern. (/\\A[a-zA-Z0-9\\-_]+\\z/ does not match for the value a b).',
      { param: 'code' },
    ],
    [`${ON_COUPON}&code=taken`, 'An active promotion code with `code: taken` already exists.', {}],
    [`${ON_COUPON}&expires_at=${SECONDS}`, PAST('expires_at'), { param: 'expires_at' }],
    [`${ON_COUPON}&expires_at=${FIVE_YEARS_ON + 1}`, TOO_FAR, { param: 'expires_at' }],
    [
      `${ON_COUPON}&restrictions[minimum_amount]=5&restrictions[minimum_amount_currency]=bucks`,
      'Invalid currency: bucks.',
      { param: 'restrictions[minimum_amount_currency]' },
    ],
    [`${ON_COUPON}&active=yes`, 'Invalid boolean: yes', { param: 'active' }],
  ])('with the form "%s"', async (form, message, more) => {
    const { ask } = await openStripe();
    await ask('POST', '/v1/coupons', 'id=c1&percent_off=5');
    await ask('POST', '/v1/promotion_codes', `${ON_COUPON}&code=TAKEN`);
    const { status, body } = await ask('POST', '/v1/promotion_codes', form);
    expect({ status, body }).toEqual(refused(message, more));
  });

  test('above the limit or after the end of its coupon, and for a minimum in the main currency as an option', async () => {
    const { ask } = await openStripe();
    await ask('POST', '/v1/coupons', `id=c1&percent_off=5&max_redemptions=5&redeem_by=${SECONDS + 60}`);
    const paramOf = async (form: string) => (await ask('POST', '/v1/promotion_codes', `${ON_COUPON}&${form}`)).body;
    expect(await paramOf('max_redemptions=6')).toMatchObject({ error: { param: 'max_redemptions' } });
    expect(await paramOf(`expires_at=${SECONDS + 61}`)).toMatchObject({ error: { param: 'expires_at' } });
    const minimum = 'restrictions[minimum_amount]=5&restrictions[minimum_amount_currency]=usd';
    expect(await paramOf(`${minimum}&restrictions[currency_options][usd][minimum_amount]=6`)).toMatchObject({
      error: { param: 'restrictions[currency_options]' },
    });
    expect(await paramOf('')).toMatchObject({ expires_at: SECONDS + 60, max_redemptions: null });
  });
});

test.each([
  ['GET', '/v1/coupons/none', "No such coupon: 'none'", 'coupon'],
  ['POST', '/v1/coupons/none', "No such coupon: 'none'", 'coupon'],
  ['DELETE', '/v1/coupons/none', "No such coupon: 'none'", 'coupon'],
  ['GET', '/v1/promotion_codes/none', "No such promotion code: 'none'", 'promotion_code'],
  ['POST', '/v1/promotion_codes/none', "No such promotion code: 'none'", 'promotion_code'],
  ['GET', '/v1/coupons?starting_after=none', "No such coupon: 'none'", 'starting_after'],
  ['GET', '/v1/promotion_codes?ending_before=none', "No such promotion code: 'none'", 'ending_before'],
])('the Stripe simulator has nothing for %s %s', async (method, path, message, param) => {
  const { ask } = await openStripe();
  const { status, body } = await ask(method, path, method === 'POST' ? 'metadata[a]=b' : undefined);
  expect({ status, body }).toEqual(refused(message, { code: 'resource_missing', param }, 404));
});
