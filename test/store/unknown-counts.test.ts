import { afterEach, beforeEach, expect, it } from 'vitest';
import { promotionId } from '../../src/domain/promotion/identity.ts';
import type { ProviderPromoCode } from '../../src/domain/provider/provider.ts';
import type { Use } from '../../src/store/redemptions/ledger-commands.ts';
import { openRealLedger, type RealLedger } from './ledger/open-ledger.ts';
import { readNow } from './store-parts.ts';

const OWNER = { provider: 'DURO', account: 'default' } as const;
const ID = promotionId({ ...OWNER, kind: 'PromoCode', providerId: 'unknown' });
const USE: Use = {
  promotionId: ID,
  customerId: null,
  order: { id: null, amount: null, planId: null, firstTransaction: false },
  subscriptionId: null,
  caller: 'shop',
  boundTo: null,
  mayRead: true,
};

let real: RealLedger;
beforeEach(async () => {
  real = await openRealLedger();
});
afterEach(() => real.remove());

function read(counts: Pick<ProviderPromoCode, 'redeemedCount' | 'maxRedemptions'>): void {
  const facts = { ...real.factsOf('alone', { count: 0, couponCount: 0 }), providerId: 'unknown', ...counts };
  real.store.promotions.save(OWNER, facts, readNow(real.store.promotions, 0));
}
const verdict = () => {
  const quoted = real.store.ledger.quote(USE, 0);
  return quoted.kind === 'REFUSED' ? quoted.reason : quoted.kind;
};

it.each([
  ['count', { maxRedemptions: 1, redeemedCount: undefined }],
  ['limit', { maxRedemptions: undefined, redeemedCount: 0 }],
])('a use is refused with CANNOT_VERIFY until the %s is known', (_, counts) => {
  read(counts);
  expect(verdict()).toBe('CANNOT_VERIFY');
  read({ maxRedemptions: 1, redeemedCount: 0 });
  expect(verdict()).toBe('ELIGIBLE');
});

it('a count and a limit that an answer omits keep their last values', () => {
  read({ maxRedemptions: 1, redeemedCount: 1 });
  read({ maxRedemptions: undefined, redeemedCount: undefined });
  expect(real.store.promotions.get(ID, 0)).toMatchObject({ maxRedemptions: 1, redeemedCount: 1 });
  expect(verdict()).toBe('EXHAUSTED');
});
