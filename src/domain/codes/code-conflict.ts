import type { PromoCode } from '../promotion/promotion.ts';

/** Whether a promo code keeps its text from others: it can be used now, or once it has started or got a use back. */
export function isLive({ status }: Pick<PromoCode, 'status'>): boolean {
  return status !== 'INACTIVE' && status !== 'EXPIRED';
}

/** Whether a promo code takes a text from one for this customer (null: for anybody). */
export function isConflicting(promoCode: Pick<PromoCode, 'status' | 'customerId'>, customerId: string | null): boolean {
  const { customerId: other } = promoCode;
  return isLive(promoCode) && (customerId === null || other === null || customerId === other);
}
