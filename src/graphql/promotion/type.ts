import { METADATA_LIMITS } from '../../domain/promotion/metadata-bounds.ts';
import type { Coupon, Promotion } from '../../domain/promotion/promotion.ts';
import { isStale } from '../../gateway/core/gateway.ts';
import { builder } from '../builder.ts';
import { METADATA_COST, PERSONAL } from '../federation/directives.ts';
import { Node } from '../node/type.ts';
import { ProviderEnum } from '../provider/type.ts';
import { JsonObject } from '../scalars/json-object.ts';
import { DiscountType, DurationType } from './terms.ts';

const { keys, key, value } = METADATA_LIMITS;

export const StatusEnum = builder.enumType('PromotionStatus', {
  description:
    'Whether a promotion can be redeemed now. The coupon of a promo code counts as well. If several statuses apply, the first of EXPIRED, EXHAUSTED, INACTIVE and SCHEDULED.',
  values: {
    ACTIVE: { description: 'It can be redeemed.' },
    SCHEDULED: { description: 'It has not started yet.' },
    EXPIRED: { description: 'It has expired.' },
    EXHAUSTED: { description: 'It has been redeemed as often as its limit allows. Holds do not count.' },
    INACTIVE: { description: 'It is switched off, archived or deleted.' },
  } as const,
});

const GatewayRuleEnum = builder.enumType('GatewayRule', {
  description:
    'A rule that only the gateway enforces, because the provider cannot. Redemptions that bypass the gateway bypass it too.',
  values: {
    STARTS_AT: { description: 'The start date.' },
    PER_CUSTOMER_LIMIT: { description: 'The limit for each customer.' },
    MAX_REDEMPTIONS: { description: 'The limit for all customers together.' },
    EXPIRES_AT: { description: 'The end date.' },
    CUSTOMER: { description: 'The only customer that may redeem it.' },
    PLAN: { description: 'The only plan that it applies to.' },
    FIRST_TRANSACTION_ONLY: { description: 'It is for first purchases only.' },
    MINIMUM_ORDER: { description: 'The smallest order amount.' },
    SWITCHED_OFF: { description: 'It is switched off in the gateway. The provider still accepts it.' },
  } as const,
});

const FreshnessType = builder.objectRef<Promotion>('Freshness').implement({
  description: 'How recent the data of a promotion is.',
  fields: (t) => ({
    asOf: t.field({
      type: 'DateTime',
      description: 'When the provider last confirmed it.',
      resolve: ({ asOf }, _, { caching }) => {
        caching.showsReadTime();
        return asOf;
      },
    }),
    stale: t.boolean({
      description: 'True: it may be outdated, because the provider cannot be reached or has not reported all of it.',
      resolve: (promotion, _, { gateway, caching }) => {
        caching.showsStaleness(promotion);
        return isStale(gateway, promotion);
      },
    }),
  }),
});

export const Redeemable = builder.interfaceRef<Promotion>('Redeemable').implement({
  description: 'A promotion that can be redeemed: a promo code or a coupon.',
  interfaces: [Node],
  resolveType: ({ kind }) => kind,
  fields: (t) => ({
    provider: t.expose('provider', { type: ProviderEnum, description: 'The billing provider.' }),
    account: t.exposeID('account', {
      description: 'The provider account. "default" at providers with a single account.',
    }),
    providerId: t.exposeID('providerId', { description: 'Its id at the provider.' }),
    status: t.expose('status', { type: StatusEnum, description: 'Whether it can be redeemed now.' }),
    discount: t.expose('discount', { type: DiscountType, description: 'What it takes off.' }),
    duration: t.expose('duration', {
      type: DurationType,
      description: 'For how long a subscription gets the discount.',
    }),
    maxRedemptions: t.expose('maxRedemptions', {
      type: 'SafeInt',
      nullable: true,
      description: 'How often it can be redeemed in all. Null: no limit.',
    }),
    redeemedCount: t.expose('redeemedCount', {
      type: 'SafeInt',
      description:
        'How often it has been redeemed, at the provider and through the gateway, each use counted once. A coupon includes its promo codes.',
    }),
    heldCount: t.expose('heldCount', {
      type: 'SafeInt',
      description: 'How many uses are on hold now.',
    }),
    remaining: t.expose('remaining', {
      type: 'SafeInt',
      nullable: true,
      description:
        'How many uses are left, of the promo code or of its coupon, whichever is less. Null: no limit. Never below 0.',
    }),
    startsAt: t.expose('startsAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it becomes redeemable. Null: immediately.',
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it stops being redeemable. Null: never.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created at the provider.' }),
    metadata: t.field({
      type: 'JSONObject',
      nullable: true,
      directives: { cost: METADATA_COST, tag: PERSONAL },
      description: `Key-value pairs of the merchant; the values are strings. Stored by the gateway if the provider cannot store them. Null: none. Larger metadata of the provider is cut to the first ${keys} keys of at most ${key} characters, and to the first ${value} characters of each value.`,
      resolve: ({ metadata }) => metadata && new JsonObject(metadata),
    }),
    productIds: t.idList({
      nullable: true,
      description:
        "The provider's ids of the only products that it applies to. A promo code has those of its coupon. Null: any. If it has some, redeeming it needs the order's `eligibleAmount`.",
      resolve: ({ productIds }) => productIds,
    }),
    gatewayRules: t.expose('gatewayRules', {
      type: [GatewayRuleEnum],
      description: 'Which of its rules only the gateway enforces.',
    }),
    freshness: t.field({
      type: FreshnessType,
      description: 'How recent this data is.',
      resolve: (promotion) => promotion,
    }),
  }),
});

export function isCoupon(promotion: Promotion | null): promotion is Coupon {
  return promotion?.kind === 'Coupon';
}
