import { describe, expect, it } from 'vitest';
import { sharedGateway } from '../support/gateways.ts';

const gateway = await sharedGateway();

/** A server has neither U+0000 nor half a surrogate pair, in texts and in JSON. */
const ODD = ['a\0b', '\0', 'a\\u0000b', 'a\ud800b', '\udc00', '\u2028', '💸'];

describe('a list for a text that nothing has is empty:', () => {
  it.each([
    ['promoCodes', 'PromoCodeFilter', ['code', 'codePrefix', 'couponId', 'account']],
    ['coupons', 'CouponFilter', ['nameContains', 'account']],
    ['redemptions', 'RedemptionFilter', ['promotionId', 'customerId', 'orderId']],
    ['refusals', 'RefusalFilter', ['code', 'customerId', 'orderId', 'caller']],
    ['failedAttempts', 'FailedAttemptFilter', ['customerId', 'caller']],
  ])('%s', async (list, type, fields) => {
    const query = `query ($filter: ${type}) { ${list}(filter: $filter) { totalCount nodes { __typename } } }`;
    for (const field of fields) {
      for (const text of ODD) {
        const filter = { [field]: field === 'account' ? [text, 'other'] : text };
        const { data, errors } = await gateway.send(query, { filter });
        expect({ field, text, errors, data }).toEqual({ field, text, data: { [list]: { totalCount: 0, nodes: [] } } });
      }
    }
  });
});
