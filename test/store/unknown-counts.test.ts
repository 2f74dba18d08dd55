import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Use } from '../../src/domain/ledger/requests.ts';
import { promotionId } from '../../src/domain/promotion/identity.ts';
import type { ProviderPromoCode } from '../../src/domain/provider/provider.ts';
import type { Store } from '../../src/store/store.ts';
import { factsOf } from '../domain/ledger/model-promotions.ts';
import type { RealLedger } from '../domain/ledger/real-ledger.ts';
import { openRealLedger } from './ledger/open-ledger.ts';
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

let real: RealLedger<Store>;
beforeEach(async () => {
  real = await openRealLedger();
});
afterEach(() => real.remove());

async function read(counts: Pick<ProviderPromoCode, 'redeemedCount' | 'maxRedemptions'>): Promise<void> {
  const { promotions } = real.store;
  const facts = { ...factsOf('alone', { count: 0, couponCount: 0 }), providerId: 'unknown', ...counts };
  await promotions.save(OWNER, facts, await readNow(promotions, 0));
}
const verdict = async () => {
  const quoted = await real.store.ledger.quote(USE, 0);
  return quoted.kind === 'REFUSED' ? quoted.reason : quoted.kind;
};

it.each([
  ['count', { maxRedemptions: 1, redeemedCount: undefined }],
  ['limit', { maxRedemptions: undefined, redeemedCount: 0 }],
])('a use is refused with CANNOT_VERIFY until the %s is known', async (_, counts) => {
  await read(counts);
  expect(await verdict()).toBe('CANNOT_VERIFY');
  await read({ maxRedemptions: 1, redeemedCount: 0 });
  expect(await verdict()).toBe('ELIGIBLE');
});

it('a count and a limit that an answer omits keep their last values', async () => {
  await read({ maxRedemptions: 1, redeemedCount: 1 });
  await read({ maxRedemptions: undefined, redeemedCount: undefined });
  expect(await real.store.promotions.get(ID, 0)).toMatchObject({ maxRedemptions: 1, redeemedCount: 1 });
  expect(await verdict()).toBe('EXHAUSTED');
});
