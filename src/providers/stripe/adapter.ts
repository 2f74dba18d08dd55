import { z } from 'zod';
import type { Metadata } from '../../domain/promotion/promotion.ts';
import type { ProviderCapabilities } from '../../domain/provider/capabilities.ts';
import type { Provider, ProviderCoupon, WriteCall } from '../../domain/provider/provider.ts';
import { ProviderError } from '../../domain/provider/provider-error.ts';
import type { ProviderClient } from '../client/client.ts';
import { afterEarlierChange } from '../client/failure.ts';
import { isOwnMetadata, MARK_PREFIX } from '../client/marks.ts';
import { STRIPE_CAPABILITIES } from '../stripe-wire/stripe-capabilities.ts';
import { StripeCodeSearch } from './code-search.ts';
import { pageOf, pageQuery, StripeRequests } from './stripe-requests.ts';
import { StripeSubscriptions } from './subscriptions.ts';
import {
  couponIdOf,
  EXPAND,
  toCoupon,
  toCouponWire,
  toMetadata,
  toMetadataChange,
  toPromoCode,
  toPromoCodeWire,
} from './wire.ts';

/** Stripe may forget an idempotency key when it is a day old. */
const KEY_LIFETIME_MS = 24 * 60 * 60 * 1000;
/** Stripe takes 50 keys (https://docs.stripe.com/metadata). One is the gateway's mark. */
const MAX_METADATA_KEYS = 49;

const capabilities: ProviderCapabilities = {
  ...STRIPE_CAPABILITIES,
  repeatsSafelyForMs: KEY_LIFETIME_MS,
  refusesForeverAmounts: true,
  carriesMetadata,
  metadataRule: `must have at most ${MAX_METADATA_KEYS} keys without square brackets, none that starts with "${MARK_PREFIX}", and no empty value`,
  promoCodeFields: new Set([
    'couponId',
    'currencyOptions',
    'maxRedemptions',
    'expiresAt',
    'customerId',
    'firstTransactionOnly',
    'minimumOrder',
    'minimumOrderOptions',
    'metadata',
  ]),
  promoCodeChanges: new Set(['active', 'metadata']),
  couponFields: new Set(['currencyOptions', 'maxRedemptions', 'expiresAt', 'metadata']),
  couponChanges: new Set(['name', 'metadata']),
};

const COUPONS = ['coupons'];
const CODES = ['promotion_codes'];
const deletedAnswer = z.object({ deleted: z.literal(true) });

/** The adapter of one account of Stripe: the platform's, or a connected one. */
export function stripeProvider(client: ProviderClient, account: string, mode: Provider['mode']): Provider {
  const requests = new StripeRequests(account);
  const codes = new StripeCodeSearch(client, requests);
  const subscriptions = new StripeSubscriptions(client, requests);

  const readCoupon = (operation: string, providerId: string, call: WriteCall | object) =>
    client.find(requests.get({ operation, path: [...COUPONS, providerId], read: toCoupon }, EXPAND.coupon), call);

  /** The change that replaces the metadata of an object; undefined: it stays. Reads the object, because Stripe merges. */
  async function metadataChange(
    operation: string,
    path: string[],
    after: Metadata | null | undefined,
    call: WriteCall,
  ) {
    if (after === undefined) return undefined;
    const before = await client.send(requests.get({ operation, path, read: toMetadata }, {}), call);
    return toMetadataChange(before, after);
  }

  return {
    name: 'STRIPE',
    account,
    mode,
    capabilities,

    createPromoCode(promoCode, call) {
      const request = { operation: 'createPromoCode', path: CODES, read: toPromoCode };
      return client.send(requests.post(request, toPromoCodeWire(promoCode, call.intentId), call), call);
    },

    findMadePromoCode: (promoCode, call) => codes.madeBy(promoCode, call),

    readPromoCode(providerId, call) {
      const request = { operation: 'readPromoCode', path: [...CODES, providerId], read: toPromoCode };
      return client.find(requests.get(request, EXPAND.promoCode), call);
    },

    findPromoCodes: (code, call) => codes.byText(code, call),

    listPromoCodes({ couponId, isCouponKnown: _, ...page }, call) {
      const request = { operation: 'listPromoCodes', path: CODES, read: pageOf(toPromoCode) };
      return client.send(requests.get(request, { coupon: couponId, ...pageQuery(page), ...EXPAND.promoCodes }), call);
    },

    async updatePromoCode(providerId, { active, metadata }, call) {
      const timedCall = client.withDeadline(call);
      const request = { operation: 'updatePromoCode', path: [...CODES, providerId], read: toPromoCode };
      const changed = await metadataChange(request.operation, request.path, metadata, timedCall);
      return client.send(requests.post(request, { active, metadata: changed, ...EXPAND.promoCode }, call), timedCall);
    },

    async createCoupon(coupon, call) {
      const timedCall = client.withDeadline(call);
      const request = { operation: 'createCoupon', path: COUPONS, read: toCoupon };
      try {
        return await client.send(requests.post(request, toCouponWire(coupon, call.intentId), call), timedCall);
      } catch (error) {
        if (!(error instanceof ProviderError) || error.reason !== 'CONFLICT') throw error;
        // An earlier try of the same write has created it, and Stripe does not know the idempotency key any more.
        const id = couponIdOf(call.intentId);
        const made = await readCoupon(request.operation, id, timedCall).catch((failure: unknown) => {
          throw afterEarlierChange(failure);
        });
        if (made === null) throw error;
        return made;
      }
    },

    findMadeCoupon: (call) => readCoupon('findMadeCoupon', couponIdOf(call.intentId), call),
    readCoupon: (providerId, call) => readCoupon('readCoupon', providerId, call),

    listCoupons(page, call) {
      const request = { operation: 'listCoupons', path: COUPONS, read: pageOf(toCoupon) };
      return client.send(requests.get(request, { ...pageQuery(page), ...EXPAND.coupons }), call);
    },

    async updateCoupon(providerId, { name, metadata }, call) {
      const timedCall = client.withDeadline(call);
      const request = { operation: 'updateCoupon', path: [...COUPONS, providerId], read: toCoupon };
      const changed = await metadataChange(request.operation, request.path, metadata, timedCall);
      return client.send(requests.post(request, { name, metadata: changed, ...EXPAND.coupon }, call), timedCall);
    },

    async archiveCoupon(providerId, call) {
      const timedCall = client.withDeadline(call);
      const operation = 'archiveCoupon';
      const read = (body: unknown) => deletedAnswer.parse(body);
      try {
        await client.send(requests.delete({ operation, path: [...COUPONS, providerId], read }), timedCall);
      } catch (error) {
        if (!(error instanceof ProviderError) || error.reason !== 'NOT_FOUND') throw error;
        // A deleted coupon is gone, so a second deletion gives a 404. A wrong base URL does, too: only a read shows the difference.
        if ((await readCoupon(operation, providerId, timedCall)) !== null) throw error;
      }
      return deletedCoupon(providerId);
    },

    applyToSubscription: (promotion, { subscriptionId }, call) => subscriptions.apply(promotion, subscriptionId, call),
    listSubscriptionUses: ({ providerId }, subscriptionId, call) =>
      subscriptions.uses(providerId, subscriptionId, call),
    removeFromSubscription: (use, call) => subscriptions.remove(use, call),
  };
}

function carriesMetadata(metadata: Metadata): boolean {
  const entries = Object.entries(metadata);
  const isFine = entries.every(([key, value]) => !/[[\]]/.test(key) && value !== '');
  return isFine && entries.length <= MAX_METADATA_KEYS && isOwnMetadata(metadata);
}

/** Stripe does not show a coupon any more after its deletion. Its terms stay as they were. */
function deletedCoupon(providerId: string): ProviderCoupon {
  return {
    kind: 'Coupon',
    providerId,
    active: false,
    name: undefined,
    discount: undefined,
    duration: undefined,
    maxRedemptions: undefined,
    redeemedCount: undefined,
    startsAt: undefined,
    expiresAt: undefined,
    createdAt: undefined,
    metadata: undefined,
  };
}
