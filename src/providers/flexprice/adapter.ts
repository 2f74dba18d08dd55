import { majorUnits } from '../../domain/money/money.ts';
import type { ProviderCapabilities } from '../../domain/provider/capabilities.ts';
import type { NewCoupon, NewPromoCode, Provider } from '../../domain/provider/provider.ts';
import type { ProviderClient } from '../client/client.ts';
import { isOwnMetadata, MARK_PREFIX } from '../client/marks.ts';
import { FlexpriceRecords } from './records.ts';
import { FlexpriceSubscriptions } from './subscriptions.ts';
import { asCoupon, asPromoCode, hiddenCode, OWN_CODE, toRecordWire } from './wire.ts';

/** Flexprice's column is numeric(20,8). More digits before the point cause a server error. */
const MAX_MAJOR_UNITS = 1e12;

const capabilities: ProviderCapabilities = {
  // By design of this adapter: a repeated creation finds the code of the first one and returns that record.
  repeatsSafelyForMs: Number.POSITIVE_INFINITY,
  percentageDecimals: 4,
  carriesAmount: (amount) => Number(majorUnits(amount)) < MAX_MAJOR_UNITS,
  amountRule: 'must be below 1,000,000,000,000 major units',
  carriesMetadata: isOwnMetadata,
  metadataRule: `must have no key that starts with "${MARK_PREFIX}"`,
  durationUnit: 'BILLING_PERIOD',
  code: { pattern: OWN_CODE, rule: 'must have no slash and not be "." or ".."', maxLength: 100 },
  couponNameLength: 255,
  maxRedemptions: 1_000_000,
  promoCodeFields: new Set(['discount', 'maxRedemptions', 'startsAt', 'expiresAt', 'metadata']),
  promoCodeChanges: new Set(),
  couponFields: new Set(['maxRedemptions', 'startsAt', 'expiresAt', 'metadata']),
  couponChanges: new Set(['name', 'metadata']),
};

/** The adapter of a Flexprice environment. */
export function flexpriceProvider(client: ProviderClient, mode: Provider['mode']): Provider {
  const records = new FlexpriceRecords(client);
  const subscriptions = new FlexpriceSubscriptions(client, records);
  return {
    name: 'FLEXPRICE',
    account: 'default',
    mode,
    capabilities,

    async createPromoCode(promoCode, call) {
      return records.create('createPromoCode', promoCodeWire(promoCode, call), asPromoCode, call);
    },

    async findMadePromoCode(promoCode, call) {
      const record = await records.madeBy('findMadePromoCode', promoCodeWire(promoCode, call), call);
      return record === 'UNDECIDABLE' ? record : record && asPromoCode(record);
    },

    async readPromoCode(providerId, call) {
      return (await records.byId('readPromoCode', providerId, call))?.promotion ?? null;
    },

    async findPromoCodes(code, call) {
      const promotion = (await records.byCode('findPromoCodes', code, call))?.promotion;
      return promotion?.kind === 'PromoCode' ? [promotion] : [];
    },

    async listPromoCodes(page, call) {
      const { items, ...rest } = await records.list('listPromoCodes', page, call);
      return { ...rest, items: items.flatMap(({ promotion }) => (promotion.kind === 'PromoCode' ? promotion : [])) };
    },

    async listPromotions(page, call) {
      const { items, ...rest } = await records.list('listPromotions', page, call);
      return { ...rest, items: items.map(({ promotion }) => promotion) };
    },

    async createCoupon(coupon, call) {
      return records.create('createCoupon', couponWire(coupon, call), asCoupon, call);
    },

    async findMadeCoupon(call) {
      // The hidden code is derived from the intent, so a record with it is the result of this write.
      const record = await records.byCode('findMadeCoupon', hiddenCode(call.intentId), call);
      return record && asCoupon(record);
    },

    async readCoupon(providerId, call) {
      return (await records.byId('readCoupon', providerId, call))?.promotion ?? null;
    },

    async listCoupons(page, call) {
      const { items, ...rest } = await records.list('listCoupons', page, call);
      return { ...rest, items: items.flatMap(({ promotion }) => (promotion.kind === 'Coupon' ? promotion : [])) };
    },

    updateCoupon: (providerId, change, call) => records.updateCoupon(providerId, change, call),
    archiveCoupon: (providerId, call) => records.archiveCoupon(providerId, call),

    applyToSubscription: (promotion, target, call) => subscriptions.apply(promotion, target, call),
    listSubscriptionUses: ({ providerId }, subscriptionId, call) =>
      subscriptions.uses('listSubscriptionUses', { coupon_ids: providerId, subscription_ids: subscriptionId }, call),
    removeFromSubscription: (use, call) => subscriptions.remove(use, call),
  };
}

function promoCodeWire(promoCode: NewPromoCode, { intentId }: { intentId: string }) {
  if ('couponId' in promoCode.terms) throw new TypeError('a promo code at Flexprice cannot use a coupon');
  const { code, terms, ...conditions } = promoCode;
  return toRecordWire({ ...conditions, ...terms, name: code, code }, { intentId });
}

function couponWire(coupon: NewCoupon, { intentId }: { intentId: string }) {
  return toRecordWire({ ...coupon, code: hiddenCode(intentId) }, { intentId, kind: 'coupon' });
}
