import type { Lease } from '../../domain/ledger/lease.ts';
import { type ChangeKind, changedFields } from '../../domain/promotion/recorded-change.ts';
import type { Db } from '../../store/engines/engine.ts';
import type { Operation, WriteRequest } from '../../store/writes/write-request.ts';
import type { Gateway } from '../core/gateway.ts';

export { MOST_CHANGES } from '../../store/promotions/promotion-history.ts';

/** What a write does to its promotion. Other writes use one. */
const KINDS: Partial<Record<Operation, ChangeKind>> = {
  createCoupon: 'CREATED',
  createPromoCode: 'CREATED',
  'createPromoCode.coupon': 'CREATED',
  updatePromoCode: 'UPDATED',
  updateCoupon: 'UPDATED',
  archiveCoupon: 'ARCHIVED',
};

/**
 * Records the answer to a write, and adds what it has changed to the history of the promotion. Part of a transaction.
 * @param record records the answer, and returns the id of the promotion
 */
export async function recordHistory(
  { store, clock }: Gateway,
  request: WriteRequest,
  { caller, requestId = null }: Lease,
  record: () => Promise<string>,
  db: Db,
): Promise<string> {
  const kind = KINDS[request.operation];
  if (kind === undefined) return record();
  const at = clock();
  const changed = kind !== 'CREATED' && 'id' in request ? request.id : null;
  const locked = changed === null ? [] : await store.promotions.withCoupons([changed], at, db, { lock: true });
  const before = locked.find(({ id }) => id === changed) ?? null;
  const promotionId = await record();
  const after = await store.promotions.get(promotionId, at, db);
  const fields = after ? changedFields(before, after) : [];
  if (fields.length > 0) await store.promotionHistory.add({ promotionId, at, kind, caller, requestId, fields }, db);
  return promotionId;
}
