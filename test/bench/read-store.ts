import { promotionId } from '../../src/domain/promotion/identity.ts';
import { insertMany } from './many-promotions.ts';

/** The account of all promo codes in the benchmark of reads. */
export const OWNER = { provider: 'DURO', account: 'default' } as const;

/** The promo code with a number, as its provider describes it. */
export function benchCode(number: number) {
  return {
    kind: 'PromoCode' as const,
    providerId: `promo_${number}`,
    code: `READ-${number}`,
    coupon: null,
    discount: { kind: 'PERCENTAGE' as const, percentage: '10' },
    duration: { kind: 'ONCE' as const },
    active: true,
    maxRedemptions: 100,
    redeemedCount: number % 100,
    startsAt: null,
    expiresAt: null,
    createdAt: CREATED_AT + number,
    metadata: null,
    customerId: null,
    planId: null,
    firstTransactionOnly: false,
    minimumOrder: null,
  };
}

const CREATED_AT = Date.UTC(2026, 0, 1);

/** Creates a store with promo codes. Returns their ids, in the order of their numbers. */
export async function createReadStore(file: string, codes: number): Promise<string[]> {
  const keys = Array.from({ length: codes }, (_, number) => {
    return { ...OWNER, kind: 'PromoCode' as const, providerId: benchCode(number).providerId };
  });
  await insertMany(file, (insert) => {
    for (const [number, key] of keys.entries()) insert(key, benchCode(number), null, Date.now());
  });
  return keys.map(promotionId);
}
