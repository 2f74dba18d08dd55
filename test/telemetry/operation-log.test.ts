import { beforeEach, expect, it } from 'vitest';
import { sharedGateway } from '../support/gateways.ts';
import { openShop } from '../support/shop.ts';
import type { Json } from '../support/start-gateway.ts';

const gateway = await sharedGateway();
const shop = openShop(gateway);
await shop.createPromoCode({ code: 'LOGGED', maxRedemptions: 1 });
beforeEach(() => {
  gateway.logged.splice(0);
});

/** The details of all log lines with this message. */
const details = (message: string): Json[] =>
  gateway.logged.flatMap((line) => (Array.isArray(line) && line[1] === message ? [line[2]] : []));
const operations = () => details('An operation was answered');

const redeem = (code: string, key: string) =>
  gateway.run('mutation Redeem($input: RedeemPromoCodeInput!) { redeemPromoCode(input: $input) { __typename } }', {
    input: { code, customerId: 'cus_secret', idempotencyKey: key },
  });

it('the log has a line for each operation with its name, caller and outcome', async () => {
  await gateway.run('query Who { providers { provider } }');
  await redeem('LOGGED', 'log-1');
  await redeem('LOGGED', 'log-2');
  await gateway.run('query Quote { quotePromoCode(input: { code: "LOGGED" }) { __typename } }');
  await gateway.send('{ promoCodes(first: 101) { nodes { id } } }');
  expect(operations()).toMatchObject([
    { operation: 'Who', type: 'query', caller: 'anonymous', outcome: 'OK' },
    { operation: 'Redeem', type: 'mutation', outcome: 'TAKEN' },
    { operation: 'Redeem', type: 'mutation', outcome: 'EXHAUSTED' },
    { operation: 'Quote', type: 'query', outcome: 'EXHAUSTED' },
    { operation: null, type: 'query', outcome: 'BAD_USER_INPUT' },
  ]);
  for (const { milliseconds } of operations()) expect(milliseconds).toBeGreaterThanOrEqual(0);
});

it('the log contains no codes, customers or keys', async () => {
  await redeem('LOGGED', 'key-secret');
  await redeem('NO-SUCH-CODE', 'key-secret-too');
  const text = JSON.stringify(gateway.logged);
  for (const secret of ['LOGGED', 'NO-SUCH-CODE', 'cus_secret', 'key-secret', gateway.duro.apiKey]) {
    expect(text).not.toContain(secret);
  }
});

it("the log and the response have the client's request id, or a new one", async () => {
  const ask = async (headers: Record<string, string>) => {
    const body = JSON.stringify({ query: '{ __typename }' });
    const answer = await fetch(gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    return answer.headers.get('x-request-id');
  };
  const given = await ask({ 'x-request-id': 'checkout-17' });
  const forged = await ask({ 'x-request-id': 'a b "c"' });
  const none = await ask({});
  expect(given).toBe('checkout-17');
  for (const made of [forged, none]) expect(made).toMatch(/^[0-9a-f-]{36}$/);
  expect(operations().map(({ requestId }) => requestId)).toEqual([given, forged, none]);
});

it('the line of an operation lists its provider calls', async () => {
  await shop.createCoupon({ provider: 'FLEXPRICE' });
  await gateway.run('{ promoCodes { totalCount } }');
  expect(operations()).toMatchObject([
    {
      providerCalls: 1,
      calls: [{ provider: 'FLEXPRICE', operation: 'createCoupon', outcome: 'OK', milliseconds: expect.any(Number) }],
    },
    { providerCalls: 0, calls: [] },
  ]);
});

it('the log has a line for a rejected request, and for a subscription', async () => {
  const body = JSON.stringify({ query: 'subscription Hear { redemptionChanged { id } }' });
  const headers = { 'content-type': 'application/json', accept: 'text/event-stream' };
  const hearing = new AbortController();
  await fetch(gateway.url, { method: 'POST', headers, body, signal: hearing.signal });
  hearing.abort();
  await fetch(gateway.url, { method: 'POST', headers: { 'content-type': 'text/plain' }, body });
  expect(operations()).toMatchObject([{ type: 'subscription', operation: 'Hear', outcome: 'SUBSCRIBED' }]);
  expect(details('A request was answered')).toMatchObject([{ caller: 'anonymous', outcome: 'HTTP_403' }]);
});

it('the log shows invalid input that is a member of a result', async () => {
  await gateway.run(
    'mutation Bad { createCoupon(input: { provider: DURO, name: "", discount: { percentage: "1" } }) { __typename } }',
  );
  expect(operations()).toMatchObject([{ operation: 'Bad', outcome: 'INVALID_INPUT' }]);
});
