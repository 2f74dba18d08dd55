import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { type CouponDocument, shownCoupon } from '../coupon.ts';
import { type PromotionCodeDocument, shownPromotionCode } from '../promotion-code.ts';
import type { StripeVersion } from '../requests/stripe-version.ts';
import { type DiscountDocument, shownDiscount } from '../subscriptions/stripe-discount.ts';

/** An event as Stripe returns and delivers it. */
export const StripeEvent = z.object({
  id: z.string(),
  object: z.literal('event'),
  /** Only for events of connected accounts. */
  account: z.string().optional(),
  api_version: z.string(),
  /** Unix seconds. */
  created: z.int(),
  data: z.object({
    object: z.record(z.string(), z.unknown()),
    previous_attributes: z.record(z.string(), z.unknown()).optional(),
  }),
  livemode: z.boolean(),
  /** The endpoints that had not received it when it was created. */
  pending_webhooks: z.int(),
  /** Null: the change did not come from a request. */
  request: z.object({ id: z.string().nullable(), idempotency_key: z.string().nullable() }),
  type: z.string(),
});
export type StripeEvent = z.infer<typeof StripeEvent>;

/** A change of an object. Without `before` it was created. */
export type Change =
  | { object: 'coupon'; before?: CouponDocument; after: CouponDocument }
  | { object: 'promotion_code'; before?: PromotionCodeDocument; after: PromotionCodeDocument; coupon: CouponDocument }
  | { object: 'discount'; before?: DiscountDocument; after: DiscountDocument; coupon: CouponDocument };

/** What an event says of a change. */
export type ChangeReport = Pick<StripeEvent, 'type' | 'data'>;

/** How objects are shown in events. `now` is in milliseconds. */
interface EventContext {
  version: StripeVersion;
  now: number;
  isLive: boolean;
  /** Whether uses alone, and what they end, are reported. */
  reportsUses: boolean;
}

/** The event of a change; undefined if Stripe sends none. */
export function changeReport(change: Change, context: EventContext): ChangeReport | undefined {
  const { before, after, type, object, earlier } = described(change, context);
  if (before === undefined) return { type: `${type}.created`, data: { object } };
  if (isGone(after) && !isGone(before)) return { type: `${type}.deleted`, data: { object } };
  if (!context.reportsUses && isDeepStrictEqual(withoutUses(before), withoutUses(after))) return undefined;
  const changed = Object.entries(earlier).filter(([name, value]) => !isDeepStrictEqual(value, object[name]));
  if (changed.length === 0) return undefined;
  return { type: `${type}.updated`, data: { object, previous_attributes: Object.fromEntries(changed) } };
}

interface Described {
  before: Change['before'];
  after: Change['after'];
  /** The first part of the type of the event. */
  type: string;
  object: Record<string, unknown>;
  /** The object before the change; empty if it was created. */
  earlier: Record<string, unknown>;
}

function described(change: Change, context: EventContext): Described {
  switch (change.object) {
    case 'coupon':
      return describedAs('coupon', change, (coupon) => shownCoupon(coupon, context));
    case 'promotion_code':
      return describedAs('promotion_code', change, (promotionCode) =>
        shownPromotionCode(promotionCode, { ...context, coupon: change.coupon }),
      );
    case 'discount':
      return describedAs('customer.discount', change, (discount) =>
        shownDiscount(discount, { ...context, coupon: change.coupon }),
      );
  }
}

function describedAs<Item extends Change['after']>(
  type: string,
  { before, after }: { before?: Item; after: Item },
  show: (item: Item) => Record<string, unknown>,
): Described {
  return { before, after, type, object: show(after), earlier: before === undefined ? {} : show(before) };
}

function isGone(item: Change['after']): boolean {
  return 'isDeleted' in item && item.isDeleted;
}

function withoutUses(item: Change['after']): object {
  return { ...item, times_redeemed: 0, isEnded: false };
}
