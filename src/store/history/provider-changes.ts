import type { Instant } from '../../domain/promotion/promotion.ts';
import {
  type ChangedField,
  changedFields,
  hasSet,
  type RecordedChange,
  withoutEffectsOfUse,
} from '../../domain/promotion/recorded-change.ts';
import type { Db, Engine } from '../engines/engine.ts';
import { type Placeholders, type PreparedQuery, prepare } from '../engines/prepared.ts';
import { toPromotion } from '../promotions/promotion-rows.ts';
import type { PromotionRow } from '../tables.ts';
import { toPendingWrite } from '../writes/pending-write-row.ts';
import type { PromotionHistory } from './promotion-history.ts';
import { changeKindOf, sentFields } from './requested-fields.ts';

/** Adds to the history what reads show as changed: at the provider, or by a write whose answer is not recorded. */
export class ProviderChanges {
  readonly #history: PromotionHistory;
  readonly #byId: PreparedQuery<{ id: string }, PromotionRow>;

  constructor(engine: Engine, history: PromotionHistory) {
    this.#history = history;
    this.#byId = prepare(engine, (db, value: Placeholders<{ id: string }>) =>
      db.selectFrom('promotions').selectAll().where('id', '=', value('id')),
    );
  }

  /**
   * Adds what the answer to a read has changed in a stored promotion. Part of its transaction, after the change.
   * @param before the row before the answer
   * @param at when the read was sent
   */
  async add(before: PromotionRow, at: Instant, db: Db): Promise<void> {
    const { id: promotionId, provider: caller } = before;
    const row = await this.#byId.first(db, { id: promotionId });
    if (!row) return;
    const coupon = row.coupon_id === null ? null : ((await this.#byId.first(db, { id: row.coupon_id })) ?? null);
    const [old, current] = [toPromotion(before, coupon, at), toPromotion(row, coupon, at)];
    const changed = withoutEffectsOfUse(changedFields(old, current), old, current);
    if (changed.length === 0) return;
    const [past = []] = await this.#history.ofEach([promotionId], db);
    let fields = changed.filter((field) => !isRecorded(field, past, before.as_of));
    for (const { call, request } of await pendingChanges(promotionId, db)) {
      const sent = sentFields(request);
      const own = fields.filter((one) => sent.has(one.field) && hasSet(one, sent.get(one.field) ?? null));
      fields = fields.filter((one) => !own.includes(one));
      const kind = changeKindOf(request) ?? 'UPDATED';
      await this.#history.add({ promotionId, at, kind, caller: call.caller, requestId: null, fields: own }, db);
    }
    await this.#history.add({ promotionId, at, kind: 'CHANGED_AT_PROVIDER', caller, requestId: null, fields }, db);
  }
}

/**
 * Whether a write has added the change already. Of writes that overlap, no answer is stored, and the history has what
 * they sent. Only the next read shows it.
 */
function isRecorded({ field, before }: ChangedField, past: readonly RecordedChange[], readAt: Instant): boolean {
  for (const { kind, at, fields } of past) {
    const last = fields.find((one) => one.field === field);
    if (last) return kind !== 'CHANGED_AT_PROVIDER' && at >= readAt && last.after !== before;
  }
  return false;
}

/** The changes of a promotion whose answers are not recorded, newest first. */
async function pendingChanges(id: string, db: Db) {
  const sent = db.selectFrom('intents').selectAll().where('target_id', '=', id).where('sent_at', 'is not', null);
  const pending = (await sent.orderBy('sent_sequence', 'desc').execute()).map(toPendingWrite);
  return pending.flatMap((write) => (write?.request ? { call: write.call, request: write.request } : []));
}
