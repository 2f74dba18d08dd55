import { expect, it } from 'vitest';
import { UNSUPPORTED_CODES } from '../../src/domain/provider/unsupported.ts';
import { INPUT_ISSUE_CODES } from '../../src/domain/redemption/input-issue.ts';
import { read } from '../docs/pages.ts';
import { sharedGateway } from '../support/gateways.ts';
import { type CheckedMutation, inputIssues } from '../support/input-issues.ts';
import { dollars } from '../support/money.ts';
import { openShop } from '../support/shop.ts';
import type { Json } from '../support/start-gateway.ts';

const gateway = await sharedGateway();
const shop = openShop(gateway);

const promo = { provider: 'FLEXPRICE', discount: { percentage: '10' } };
const fixed = { provider: 'FLEXPRICE', discount: { amount: dollars(100) } };
const euros = (minorUnits: number) => ({ minorUnits, currency: 'EUR' });
const key = { idempotencyKey: 'k' };
const [SOON, LATER] = ['2100-01-01T00:00:00Z', '2100-01-02T00:00:00Z'];

it.each<[mutation: CheckedMutation, input: Json, expected: string]>([
  ['createPromoCode', { ...promo, code: ' ' }, 'code REQUIRED'],
  ['createPromoCode', { ...promo, code: 'A'.repeat(1000) }, 'code TOO_LONG'],
  ['createPromoCode', { ...promo, code: 'A\u0000B' }, 'code MALFORMED'],
  ['createPromoCode', { provider: 'FLEXPRICE' }, 'discount REQUIRED'],
  ['createPromoCode', { ...promo, couponId: 'x' }, 'discount CONTRADICTION'],
  ['createPromoCode', { ...promo, discount: { percentage: 'ten' } }, 'discount.percentage MALFORMED'],
  ['createPromoCode', { ...promo, discount: { percentage: '101' } }, 'discount.percentage OUT_OF_RANGE'],
  ['createPromoCode', { ...promo, discount: { amount: dollars(0) } }, 'discount.amount.minorUnits OUT_OF_RANGE'],
  [
    'createPromoCode',
    { ...promo, discount: { amount: { minorUnits: 1, currency: 'ABC' } } },
    'discount.amount.currency UNKNOWN',
  ],
  ['createPromoCode', { ...promo, duration: { kind: 'REPEATING' } }, 'duration.count REQUIRED'],
  ['createPromoCode', { ...promo, duration: { kind: 'REPEATING', count: 0 } }, 'duration.count OUT_OF_RANGE'],
  ['createPromoCode', { ...promo, duration: { kind: 'ONCE', count: 2 } }, 'duration.count CONTRADICTION'],
  ['createPromoCode', { ...promo, startsAt: LATER, expiresAt: SOON }, 'expiresAt CONTRADICTION'],
  ['createPromoCode', { ...promo, expiresAt: 'tomorrow' }, 'expiresAt MALFORMED'],
  ['createPromoCode', { ...promo, expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt OUT_OF_RANGE'],
  ['createPromoCode', { ...promo, maxRedemptions: 0 }, 'maxRedemptions OUT_OF_RANGE'],
  ['createPromoCode', { ...promo, account: 'nowhere' }, 'account UNKNOWN'],
  ['createPromoCode', { ...promo, currencyOptions: [dollars(1)] }, 'currencyOptions CONTRADICTION'],
  ['createPromoCode', { ...fixed, currencyOptions: [dollars(1)] }, 'currencyOptions CONTRADICTION'],
  ['createPromoCode', { ...fixed, currencyOptions: [euros(1), euros(2)] }, 'currencyOptions CONTRADICTION'],
  ['createPromoCode', { ...fixed, currencyOptions: [euros(0)] }, 'currencyOptions OUT_OF_RANGE'],
  [
    'createPromoCode',
    { ...fixed, currencyOptions: [{ minorUnits: -1, currency: 'EUR' }] },
    'currencyOptions.0.minorUnits OUT_OF_RANGE',
  ],
  ['createCoupon', { ...fixed, name: 'One', currencyOptions: [dollars(1)] }, 'currencyOptions CONTRADICTION'],
  ['createPromoCode', { ...promo, minimumOrderOptions: [euros(1)] }, 'minimumOrderOptions CONTRADICTION'],
  [
    'createPromoCode',
    { ...promo, minimumOrder: dollars(1), minimumOrderOptions: [euros(1), dollars(2)] },
    'minimumOrderOptions CONTRADICTION',
  ],
  ['createPromoCode', { ...promo, metadata: { key: 1 } }, 'metadata.key WRONG_TYPE'],
  ['updatePromoCode', { id: 'x', metadata: { key: 1 } }, 'metadata.key WRONG_TYPE'],
  ['createPromoCode', { ...promo, metadata: { key: '\u0000' } }, 'metadata.key MALFORMED'],
  ['redeemPromoCode', { code: 'A', idempotencyKey: '' }, 'idempotencyKey REQUIRED'],
  ['redeemPromoCode', { code: 'A', ...key, customerId: ' ' }, 'customerId REQUIRED'],
  ['redeemPromoCode', { code: 'A', ...key, customerId: 'c'.repeat(300) }, 'customerId TOO_LONG'],
  [
    'redeemPromoCode',
    { code: 'A', ...key, order: { eligibleAmount: dollars(1) } },
    'order.eligibleAmount CONTRADICTION',
  ],
  ['holdPromoCode', { code: 'A', ...key, holdSeconds: 0 }, 'holdSeconds OUT_OF_RANGE'],
])('an issue of %s with %j has a code: %#', async (mutation, input, expected) => {
  const issues = await inputIssues(gateway, mutation, input);
  expect(issues.map(({ path, code }) => `${path.replace('input.', '')} ${code}`)).toEqual([expected]);
});

it('an update without a change has a code', async () => {
  const { id } = await shop.createPromoCode();
  expect(await inputIssues(gateway, 'updatePromoCode', { id })).toEqual([{ path: 'input', code: 'NO_CHANGE' }]);
});

it('the issues of an error have codes, too', async () => {
  const { errors } = await gateway.send('{ promoCodes(first: -1) { totalCount } }');
  expect(errors?.[0]?.extensions?.issues).toMatchObject([{ path: ['first'], code: 'OUT_OF_RANGE' }]);
});

it.each([
  ['input issues', INPUT_ISSUE_CODES],
  ['unsupported fields', UNSUPPORTED_CODES],
])('the documentation has all codes of %s', (title, codes) => {
  const [, section = ''] = read('docs/clients.md').split(`### Codes of ${title}\n`);
  const rows = [...section.matchAll(/^\| `([A-Z_]+)` \| (.+) \|$/gm)].map(([, code, meaning]) => [code, meaning]);
  expect(rows.slice(0, Object.keys(codes).length)).toEqual(Object.entries(codes));
});
