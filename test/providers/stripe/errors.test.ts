import { afterAll, describe, expect, test } from 'vitest';
import { stripe } from '../../../src/providers/index.ts';
import { openScripted } from '../open-scripted.ts';
import { failureOf, writeCall } from '../subject.ts';

const { provider, server, close } = await openScripted(stripe, 'STRIPE_BASE_URL', { STRIPE_SECRET_KEY: 'sk_test_1' });
afterAll(close);

const create = () => provider.createPromoCode?.({ code: 'A', terms: { couponId: 'x' } }, writeCall());

/** Errors in the words of Stripe, and what they mean for a creation. */
const ERRORS: [error: Record<string, string>, status: number, expected: object][] = [
  [
    { message: 'An active promotion code with `code: A` already exists.' },
    400,
    { kind: 'REJECTED', reason: 'CODE_TAKEN', unchanged: true },
  ],
  [
    { code: 'resource_missing', param: 'promotion[coupon]', message: "No such coupon: 'x'" },
    400,
    { kind: 'REJECTED', reason: 'NOT_FOUND', fault: undefined, unchanged: true },
  ],
  [
    { code: 'resource_missing', param: 'customer', message: "No such customer: 'cus_1'" },
    400,
    { kind: 'REJECTED', reason: undefined, fault: { field: 'customerId' } },
  ],
  [
    {
      param: 'code',
      message: 'This value must match the regex pattern. (/\\A[a-zA-Z0-9\\-_]+\\z/ does not match for the value A.).',
    },
    400,
    { kind: 'REJECTED', fault: { field: 'code' } },
  ],
  [
    { param: 'expires_at', message: 'Invalid timestamp: can be no more than five years in the future.' },
    400,
    { kind: 'REJECTED', fault: { field: 'expiresAt', message: 'must be at most five years ahead' } },
  ],
  [
    {
      type: 'idempotency_error',
      code: 'idempotency_key_in_use',
      message: 'There is currently another in-progress request',
    },
    409,
    { kind: 'UNAVAILABLE', unchanged: false, retryable: true },
  ],
  [
    { type: 'idempotency_error', message: 'Keys for idempotent requests can only be used with the same parameters' },
    400,
    { kind: 'REJECTED', reason: undefined, unchanged: true },
  ],
  [{ code: 'coupon_expired', message: 'Coupon expired: promo_1' }, 400, { kind: 'REJECTED', refusal: 'EXPIRED' }],
  [
    { code: 'promotion_code_customer_not_first_time', message: 'In words of another day' },
    400,
    { kind: 'REJECTED', refusal: 'NOT_FIRST_TRANSACTION', unchanged: true },
  ],
  [
    { code: 'promotion_code_customer_missing_first_time', message: 'In words of another day' },
    400,
    { kind: 'REJECTED', refusal: 'CUSTOMER_REQUIRED' },
  ],
  [
    {
      message: 'This promotion code cannot be redeemed because it has been used the maximum number of times.',
      param: 'discounts[0][promotion_code]',
    },
    400,
    { kind: 'REJECTED', refusal: 'EXHAUSTED', unchanged: true },
  ],
  [
    { code: 'resource_missing', param: 'discounts[0][discount]', message: "No such discount: 'di_1'" },
    400,
    { kind: 'REJECTED', reason: 'CONFLICT', unchanged: true },
  ],
  [{ code: 'lock_timeout', message: 'This object cannot be accessed' }, 429, { kind: 'RATE_LIMITED', unchanged: true }],
  [{ code: 'rate_limit', message: 'Too many requests' }, 400, { kind: 'RATE_LIMITED', retryable: true }],
  [{ code: 'account_invalid', message: 'The provided key has no access' }, 403, { kind: 'UNAUTHORIZED' }],
  // Unlike ChatDash, Stripe has not refused what it answers with a 500.
  [{ message: "No such coupon: 'x'" }, 500, { kind: 'UNAVAILABLE', reason: undefined, unchanged: false }],
];

describe.each(ERRORS)('%j', (error, status, expected) => {
  test(`with status ${status} has its own meaning`, async () => {
    server.answer({ error: { type: 'invalid_request_error', ...error } }, status);

    expect(await failureOf(create())).toMatchObject(expected);
  });
});

test('a failure names the id of the request and the reason of a rate limit in the log only', async () => {
  server.treat((_request, response) => {
    const headers = { 'request-id': 'req_8uTn7', 'stripe-rate-limited-reason': 'endpoint-rate' };
    response.writeHead(429, headers).end(JSON.stringify({ error: { message: 'Too many requests' } }));
  });

  expect((await failureOf(create())).message).toBe(
    'createPromoCode: HTTP 429, Too many requests (request-id: req_8uTn7, stripe-rate-limited-reason: endpoint-rate)',
  );
});
