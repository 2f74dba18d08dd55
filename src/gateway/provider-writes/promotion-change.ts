import { parsePromotionId } from '../../domain/promotion/identity.ts';
import type { Provider, ProviderCoupon, ProviderPromoCode, WriteCall } from '../../domain/provider/provider.ts';
import type { Db } from '../../store/engines/engine.ts';
import type { WriteRequest } from '../../store/writes/write-request.ts';
import type { Gateway } from '../core/gateway.ts';
import { refreshAfterChange, shownBy } from '../reading/refresh-promotion.ts';
import type { Answered, ProviderWrite } from './provider-write.ts';

type Changed = ProviderPromoCode | ProviderCoupon;

/** The write that changes a promotion. */
export interface PromotionChange extends ProviderWrite {
  /** Records the change if the gateway keeps all of it, so nothing is sent. */
  keptHere: Answered;
}

/** How one kind of change differs from the others. */
interface ChangeSteps {
  send: (providerId: string, call: WriteCall) => Promise<Changed | undefined> | undefined;
  /**
   * Whether the promotion, as its provider shows it now, has the change.
   * @param current null: the promotion does not exist any more
   * @returns undefined: unknown
   */
  isDone: (current: Changed | null) => boolean | undefined;
  /**
   * Records the part of the change that the gateway keeps. Part of a transaction.
   * @param sentAt the sequence number of the call
   */
  keep?: (sentAt: number, db: Db) => Promise<void>;
}

/**
 * A write that changes a promotion at its provider. If its answer was lost, the promotion is read: sending the change
 * again could undo a newer one.
 */
export function promotionChange(
  gateway: Gateway,
  provider: Provider,
  request: WriteRequest & { id: string },
  { send, isDone, keep }: ChangeSteps,
): PromotionChange {
  const { id } = request;
  const key = parsePromotionId(id);
  if (!key) throw new Error(`${id} is no promotion's id`);
  const answered = (facts: Changed | null): Answered => ({
    record: async (moment, db) => {
      if (facts) await gateway.store.promotions.save(key, facts, moment, db);
      await keep?.(moment.sentAt, db);
      return id;
    },
  });
  return {
    request,
    repeatsSafelyForMs: 0,
    keptHere: answered(null),
    send: async (call) => answered((await send(key.providerId, call)) ?? null),
    reconcile: async ({ id: intentId }) => {
      const current = shownBy(await refreshAfterChange(gateway, provider, key), key);
      const done = current === undefined ? undefined : isDone(current);
      if (done === undefined) return 'UNDECIDABLE';
      if (done) return answered(null);
      return (await gateway.store.pendingWrites.hasLaterChange(intentId)) ? 'REPLACED' : null;
    },
  };
}
