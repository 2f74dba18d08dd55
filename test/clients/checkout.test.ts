import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningGateway, startGateway } from '../support/start-gateway.ts';
import { QuoteDocument, RedeemDocument, sayQuote, send } from './checkout.ts';

let gateway: RunningGateway;
beforeAll(async () => {
  const documents = new URL('./generated/persisted-documents.json', import.meta.url).pathname;
  gateway = await startGateway({ settings: { TRUSTED_DOCUMENTS: documents } });
  await gateway.run(
    `mutation { createPromoCode(input: { provider: FLEXPRICE, code: "TENOFF", discount: { percentage: "10" },
      maxRedemptions: 2 }) { __typename } }`,
  );
});
afterAll(() => gateway.stop());

const order = (id: string) => ({ id, amount: { minorUnits: 5000, currency: 'USD' } });

it('a client with generated types quotes and redeems, with the hashes of the same generator', async () => {
  const asked = await send(gateway.url, QuoteDocument, { input: { code: 'tenoff', order: order('order-1') } });
  expect(sayQuote(asked.quotePromoCode)).toBe('10 % off: 5.00 USD, 4500 to pay, 2 left');

  const { redeemPromoCode } = await send(gateway.url, RedeemDocument, {
    input: { code: 'tenoff', order: order('order-1'), idempotencyKey: 'checkout-1' },
  });
  if (redeemPromoCode?.__typename !== 'RedeemPayload') throw new Error(JSON.stringify(redeemPromoCode));
  // Typed by the generator: a status that is none would not compile.
  const redeemed: 'REDEEMED' | 'HELD' | 'CANCELLED' | 'EXPIRED' = redeemPromoCode.redemption.status;
  expect([redeemed, redeemPromoCode.redemption.promotion.remaining]).toEqual(['REDEEMED', 1]);

  const unknown = await send(gateway.url, QuoteDocument, { input: { code: 'nowhere' } });
  expect(sayQuote(unknown.quotePromoCode)).toMatch(/^NOT_FOUND: /);
  const wrong = await send(gateway.url, QuoteDocument, { input: { code: ' ' } });
  expect(sayQuote(wrong.quotePromoCode)).toMatch(/./);
});
