import type { Lease } from '../../domain/ledger/lease.ts';
import type { PromotionKey } from '../../domain/promotion/identity.ts';
import type { Metadata } from '../../domain/promotion/promotion.ts';
import type { CouponChange } from '../../domain/provider/provider.ts';
import { type Unsupported, unsupportedBy } from '../../domain/provider/unsupported.ts';
import { metadataFaults, nameFaults } from '../../domain/provider/unsupported-fields.ts';
import {
  type IdempotencyConflict,
  type InvalidInput,
  invalidInput,
  type NotFound,
} from '../../domain/redemption/outcomes.ts';
import type { Gateway } from '../core/gateway.ts';
import { couponUpdate } from '../provider-writes/coupon-update.ts';
import { type Effect, effect, keyedCall, outOfScope, type Writer, withIdempotencyKey } from '../writes/idempotency.ts';
import { resumeWrite } from '../writes/resume-write.ts';
import { finish, sendWrite } from '../writes/send-write.ts';
import { type CouponChanged, shownCoupon } from './create-coupon.ts';
import { resolveCoupon } from './resolve-coupon.ts';

export interface UpdateCouponRequest {
  id: string;
  name?: string;
  /** Replaces all metadata; null clears it. */
  metadata?: Metadata | null;
}

export type RefusedChange = InvalidInput | NotFound | Unsupported;
export type ChangeCouponAnswer = CouponChanged | RefusedChange | IdempotencyConflict;

/**
 * Renames a coupon or replaces its metadata. The gateway keeps the metadata if the provider does not.
 * @throws {ProviderError}
 */
export async function updateCoupon(
  gateway: Gateway,
  writer: Writer,
  request: UpdateCouponRequest,
): Promise<ChangeCouponAnswer> {
  const call = keyedCall(gateway, writer, 'updateCoupon', { ...request });
  const key = gateway.accounts.keyOf(request.id);
  if (key?.kind !== 'Coupon') return outOfScope(gateway, call, 'No such coupon');
  const answer = await withIdempotencyKey(gateway, call, key.provider, (lease) => update(gateway, key, request, lease));
  return answer.kind === 'EFFECT' ? shownCoupon(gateway, answer) : answer;
}

async function update(
  gateway: Gateway,
  key: PromotionKey,
  { id, name, metadata }: UpdateCouponRequest,
  lease: Lease,
): Promise<Effect | RefusedChange> {
  const resumed = await resumeWrite(gateway, lease, 'updateCoupon');
  if (resumed !== null) return effect(resumed);

  const provider = await resolveCoupon(gateway, key);
  if ('kind' in provider) return provider;
  if (name === undefined && metadata === undefined) return invalidInput([], 'NO_CHANGE', 'changes nothing');
  const { capabilities } = provider;
  const keepsMetadata = capabilities.couponChanges.has('metadata');
  const refused = unsupportedBy(provider.name, [
    ...nameFaults(name ?? '', capabilities),
    ...metadataFaults(metadata ?? undefined, keepsMetadata, capabilities),
  ]);
  if (refused) return refused;
  const sent: CouponChange = {
    ...(name !== undefined && { name }),
    ...(metadata !== undefined && keepsMetadata && { metadata }),
  };
  const kept = keepsMetadata ? undefined : metadata;
  const write = couponUpdate(gateway, provider, { operation: 'updateCoupon', id, change: sent, metadata: kept });
  if (Object.keys(sent).length === 0) return effect(await finish(gateway, null, lease, write, write.keptHere));
  return effect(await sendWrite(gateway, provider, lease, write));
}
