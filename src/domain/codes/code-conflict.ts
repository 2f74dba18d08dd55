import type { PromoCode } from '../promotion/promotion.ts';

/**
 * Whether a promo code can be used now, or later when it starts or a use is given back. A live promo code occupies its
 * text.
 */
export function isLive({ status }: Pick<PromoCode, 'status'>): boolean {
  return status !== 'INACTIVE' && status !== 'EXPIRED';
}

/** Whether a promo code prevents another one with the same text for this customer; null: for any customer. */
export function isConflicting(promoCode: Pick<PromoCode, 'status' | 'customerId'>, customerId: string | null): boolean {
  const { customerId: other } = promoCode;
  return isLive(promoCode) && (customerId === null || other === null || customerId === other);
}
