import type { Lease } from '../../domain/ledger/lease.ts';
import type { Promotion } from '../../domain/promotion/promotion.ts';
import { type ChangedField, changedFields, withoutEffectsOfUse } from '../../domain/promotion/recorded-change.ts';
import type { Db } from '../../store/engines/engine.ts';
import { changeKindOf, requestedFields, sentFields } from '../../store/history/requested-fields.ts';
import type { WriteRequest } from '../../store/writes/write-request.ts';
import type { Gateway } from '../core/gateway.ts';

export { MOST_CHANGES } from '../../store/history/promotion-history.ts';

/** A write, its lease, and how its answer is recorded. */
interface AnsweredWrite {
  request: WriteRequest;
  lease: Lease;
  /** Another write of the promotion overlapped it, so its answer is not stored. */
  isOverlapped: boolean;
  /** Records the answer, and returns the id of the promotion. */
  record: () => Promise<string>;
}

/**
 * Records the answer to a write, and adds what it has changed to the history of the promotion. What else the answer shows
 * was changed at the provider. Part of a transaction.
 * @returns the id of the promotion
 */
export async function recordHistory({ store, clock }: Gateway, write: AnsweredWrite, db: Db): Promise<string> {
  const { request, lease, isOverlapped, record } = write;
  const kind = changeKindOf(request);
  if (kind === null) return record();
  const { caller, requestId = null } = lease;
  const at = clock();
  const changed = kind !== 'CREATED' && 'id' in request ? request.id : null;
  const locked = changed === null ? [] : await store.promotions.withCoupons([changed], at, db, { lock: true });
  const before = locked.find(({ id }) => id === changed) ?? null;
  const promotionId = await record();
  const after = await store.promotions.get(promotionId, at, db);
  if (!after) return promotionId;
  const { own, others } = splitChanges(request, before, after);
  const unread = isOverlapped && before ? unreadChanges(request, after) : [];
  const { promotionHistory } = store;
  const elsewhere = { promotionId, at, kind: 'CHANGED_AT_PROVIDER', caller: after.provider, requestId: null } as const;
  await promotionHistory.add({ ...elsewhere, fields: others }, db);
  await promotionHistory.add({ promotionId, at, kind, caller, requestId, fields: [...own, ...unread] }, db);
  return promotionId;
}

/** The fields that a write has changed, and others that differ. Everything in a new promotion is its creator's. */
function splitChanges(
  request: WriteRequest,
  before: Promotion | null,
  after: Promotion,
): { own: ChangedField[]; others: ChangedField[] } {
  const fields = changedFields(before, after);
  if (!before) return { own: fields, others: [] };
  const requested = requestedFields(request);
  const { own = [], others = [] } = Object.groupBy(fields, ({ field }) => (requested.has(field) ? 'own' : 'others'));
  return { own, others: withoutEffectsOfUse(others, before, after) };
}

/** What a write has sent and the store does not show, because only the next read shows it. */
function unreadChanges(request: WriteRequest, stored: Promotion): ChangedField[] {
  const current = new Map(changedFields(null, stored).map(({ field, after }) => [field, after]));
  return [...sentFields(request)].flatMap(([field, after]) => {
    const before = current.get(field) ?? null;
    return before === after ? [] : { field, before, after };
  });
}
