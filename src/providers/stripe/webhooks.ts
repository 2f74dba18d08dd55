import { z } from 'zod';
import { type PromotionKey, promotionId } from '../../domain/promotion/identity.ts';
import type { ProviderEvent, ReadBody, ReadWebhook } from '../../domain/provider/webhook-delivery.ts';
import { isEventId, isRecent, isSignedBy, objectOf, timedSignature } from '../client/signed-webhooks.ts';
import { idOrObject } from '../stripe-wire/stripe-promotion-code.ts';

/** Changes of a coupon that do not show on its promo codes. Stripe may report each use as a change of the counter. */
const OWN_TO_COUPON = new Set(['metadata', 'name', 'times_redeemed']);

const stripeEvent = z.object({
  id: z.string().refine(isEventId),
  type: z.string(),
  /** The connected account. Stripe omits it in events of the platform. */
  account: z.string().optional(),
  data: z.object({ object: z.unknown(), previous_attributes: z.record(z.string(), z.unknown()).optional() }),
});
type StripeEvent = z.infer<typeof stripeEvent>;

const identified = z.object({ id: z.string().min(1) });

/** Its coupon is in `source` since version 2025-09-30. The version of an event is that of its webhook endpoint. */
const discount = z.object({
  promotion_code: idOrObject.nullish(),
  coupon: idOrObject.nullish(),
  source: z.object({ coupon: idOrObject.nullish() }).nullish(),
});

/** The promotions that an event is about, and whether all codes of its coupon may have changed. */
interface Concerned {
  promotions: Pick<PromotionKey, 'kind' | 'providerId'>[];
  hasCodesOfCoupon: boolean;
}

/**
 * Reads Stripe's deliveries: `Stripe-Signature: t=<seconds>,v1=<hex>`, one "v1" for each secret that is in use. Other schemes,
 * such as "v0", are ignored. Like Stripe's own client it accepts a time in the future.
 *
 * @param secrets one, or several while a secret is replaced
 * @param accountOf our name for the account of an event (undefined: the platform's); undefined: it is not configured
 */
export function stripeWebhooks(
  secrets: readonly string[],
  accountOf: (id: string | undefined) => string | undefined,
): ReadWebhook {
  return (header, now) => {
    const signature = timedSignature(header('stripe-signature'));
    if (!signature) return { fault: 'UNSIGNED' };
    if (!isRecent(signature.time, now, { acceptsFuture: true })) return { fault: 'STALE' };
    const readBody: ReadBody = (body) => {
      if (!isSignedBy(secrets, signature, body)) return { fault: 'BAD_SIGNATURE' };
      const { data: event } = stripeEvent.safeParse(objectOf(body));
      if (!event) return { fault: 'MALFORMED' };
      const account = accountOf(event.account);
      if (account === undefined) return { ignored: 'UNKNOWN_ACCOUNT' };
      const concerned = concernedBy(event);
      if (concerned === 'MALFORMED') return { fault: concerned };
      if (concerned === 'IRRELEVANT') return { ignored: concerned };
      return { event: eventOf(event.id, account, concerned) };
    };
    return { readBody };
  };
}

function eventOf(id: string, account: string, { promotions, hasCodesOfCoupon }: Concerned): ProviderEvent {
  const idOf = (key: Concerned['promotions'][number]) => promotionId({ provider: 'STRIPE', account, ...key });
  const coupons = hasCodesOfCoupon ? promotions.filter(({ kind }) => kind === 'Coupon') : [];
  return { id, planIds: [], subscriptionIds: [], promotionIds: promotions.map(idOf), couponIds: coupons.map(idOf) };
}

function concernedBy({ type, data }: StripeEvent): Concerned | 'IRRELEVANT' | 'MALFORMED' {
  switch (type) {
    case 'promotion_code.created':
    case 'promotion_code.updated':
      return concernedObject('PromoCode', data.object, false);
    case 'coupon.created':
      return concernedObject('Coupon', data.object, false);
    case 'coupon.updated': {
      const changed = Object.keys(data.previous_attributes ?? {});
      return concernedObject('Coupon', data.object, !changed.every((name) => OWN_TO_COUPON.has(name)));
    }
    case 'coupon.deleted':
      return concernedObject('Coupon', data.object, true);
    case 'customer.discount.created':
    case 'customer.discount.updated':
    case 'customer.discount.deleted':
      return concernedByDiscount(data);
    default:
      return 'IRRELEVANT';
  }
}

function concernedObject(
  kind: PromotionKey['kind'],
  object: unknown,
  hasCodesOfCoupon: boolean,
): Concerned | 'MALFORMED' {
  const { data } = identified.safeParse(object);
  return data ? { promotions: [{ kind, providerId: data.id }], hasCodesOfCoupon } : 'MALFORMED';
}

/** The codes of the discount now and before, whose counters may have changed; of one without a code, the coupons. */
function concernedByDiscount({
  object,
  previous_attributes: before = {},
}: StripeEvent['data']): Concerned | 'MALFORMED' {
  const now = discount.safeParse(object).data;
  if (!now) return 'MALFORMED';
  const states = [now, discount.safeParse(before).data ?? {}];
  const promotions = states.flatMap(({ promotion_code: code, coupon, source }): Concerned['promotions'] => {
    // A read of a code shows its coupon, too.
    if (code) return [{ kind: 'PromoCode', providerId: code }];
    const couponId = source?.coupon ?? coupon;
    return couponId ? [{ kind: 'Coupon', providerId: couponId }] : [];
  });
  return { promotions, hasCodesOfCoupon: false };
}
