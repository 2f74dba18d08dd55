import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promotionId } from '../../../src/domain/promotion/identity.ts';
import type { ProviderCoupon, ProviderPromoCode } from '../../../src/domain/provider/provider.ts';
import type { Sending } from '../../../src/store/promotions/answer-moment.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { createStoreFile } from '../../support/migrated-store.ts';
import { readNow } from '../store-parts.ts';
import { CODES, COUPON_MAX, type Code, type ModelRead, TERMS } from './ledger-model.ts';

const OWNER = { provider: 'STRIPE_CONNECT', account: 'acct_model' } as const;

/** A real store in its own file, with the promo codes of the model. */
export interface RealLedger {
  store: Store;
  /** The public id of a name in the model. */
  idOf(name: Code | 'coupon'): string;
  /** The provider's answer for a promo code and its coupon, with these counts. */
  factsOf(code: Code, counts: { count: number; couponCount: number }): ProviderPromoCode;
  /** The reads that were sent, by moment. */
  sendings: Map<number, Sending>;
  reopen(): Promise<void>;
  remove(): void;
}

export async function openRealLedger(): Promise<RealLedger> {
  const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-model-'));
  const file = join(folder, 'gateway.db');
  await createStoreFile(file);
  const real: RealLedger = {
    store: await openStore(file),
    sendings: new Map(),
    idOf: (name) =>
      promotionId({ ...OWNER, kind: name === 'coupon' ? 'Coupon' : 'PromoCode', providerId: `id-${name}` }),
    factsOf: (code, { count, couponCount }) => ({
      ...shared(`id-${code}`, TERMS[code].max, count),
      kind: 'PromoCode',
      code,
      coupon: TERMS[code].hasCoupon ? couponOf(couponCount) : null,
      customerId: null,
      planId: null,
      firstTransactionOnly: false,
      minimumOrder: null,
    }),
    reopen: async () => {
      real.store.close();
      real.store = await openStore(file);
    },
    remove: () => {
      real.store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  for (const code of CODES) {
    const { promotions } = real.store;
    const id = promotions.save(OWNER, real.factsOf(code, { count: 0, couponCount: 0 }), readNow(promotions, 0));
    promotions.setRules(id, { perCustomerLimit: TERMS[code].perCustomer }, 0);
  }
  return real;
}

export function saveRead(
  { store, factsOf }: RealLedger,
  { code, sending, as, ...counts }: ModelRead & { sending: Sending },
): void {
  store.promotions.save(OWNER, factsOf(code, counts), { ...store.promotions.answered(sending), as });
}

function shared(providerId: string, maxRedemptions: number | null, redeemedCount: number) {
  return {
    providerId,
    discount: { kind: 'PERCENTAGE' as const, percentage: '10' },
    duration: { kind: 'ONCE' as const },
    active: true,
    maxRedemptions,
    redeemedCount,
    startsAt: null,
    expiresAt: null,
    createdAt: 0,
    metadata: null,
  };
}

function couponOf(count: number): ProviderCoupon {
  return { ...shared('id-coupon', COUPON_MAX, count), kind: 'Coupon', name: 'Model' };
}
