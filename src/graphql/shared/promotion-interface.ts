import { METADATA_LIMITS } from '../../domain/promotion/metadata-bounds.ts';
import type { Promotion } from '../../domain/promotion/promotion.ts';
import { isStale } from '../../gateway/core/gateway.ts';
import { builder } from '../builder.ts';
import { METADATA_COST } from '../federation/directives.ts';
import { ProviderEnum } from '../provider/type.ts';
import { JsonObject } from './json-object.ts';
import { Node } from './node.ts';
import { DiscountType, DurationType } from './terms.ts';

const { keys, key, value } = METADATA_LIMITS;

export const StatusEnum = builder.enumType('PromotionStatus', {
  description: 'Whether a promotion can be used now. The first that holds, the coupon behind a promo code included.',
  values: {
    ACTIVE: { description: 'It can be used.' },
    SCHEDULED: { description: 'It has not started.' },
    EXPIRED: { description: 'It has ended.' },
    EXHAUSTED: { description: 'Its limit has been redeemed. Uses that are merely held do not exhaust it.' },
    INACTIVE: { description: 'It is switched off, archived or gone.' },
  } as const,
});

const GatewayRuleEnum = builder.enumType('GatewayRule', {
  description:
    'A rule that the provider cannot carry, so that the gateway alone enforces it. Uses made around the gateway escape it.',
  values: {
    STARTS_AT: { description: 'The start date.' },
    PER_CUSTOMER_LIMIT: { description: 'The limit for each customer.' },
    MAX_REDEMPTIONS: { description: 'The limit for all customers together.' },
    EXPIRES_AT: { description: 'The end date.' },
    CUSTOMER: { description: 'The one customer that may use it.' },
    PLAN: { description: 'The one plan that it is for.' },
    FIRST_TRANSACTION_ONLY: { description: 'That it is for first purchases.' },
    MINIMUM_ORDER: { description: 'The smallest order that it takes.' },
    SWITCHED_OFF: { description: 'It is switched off here; the provider still takes it.' },
  } as const,
});

const FreshnessType = builder.objectRef<Promotion>('Freshness').implement({
  description: 'How recent a reading is.',
  fields: (t) => ({
    asOf: t.expose('asOf', { type: 'DateTime', description: 'When the provider last confirmed what you read.' }),
    stale: t.boolean({
      description: 'True for what is older than the gateway promises, served because the provider is out of reach.',
      resolve: (promotion, _, { gateway }) => isStale(gateway, promotion),
    }),
  }),
});

export const Redeemable = builder.interfaceRef<Promotion>('Redeemable').implement({
  description: 'Something that can be redeemed: a promo code, or a coupon itself.',
  interfaces: [Node],
  resolveType: ({ kind }) => kind,
  fields: (t) => ({
    provider: t.expose('provider', { type: ProviderEnum, description: 'The billing provider that owns it.' }),
    account: t.exposeID('account', {
      description: 'The provider account that owns it. "default" where the provider has only one.',
    }),
    providerId: t.exposeID('providerId', { description: 'Its id at the provider.' }),
    status: t.expose('status', { type: StatusEnum, description: 'Whether it can be used now.' }),
    discount: t.expose('discount', { type: DiscountType, description: 'What it takes off.' }),
    duration: t.expose('duration', {
      type: DurationType,
      description: 'For how long a subscription gets the discount.',
    }),
    maxRedemptions: t.expose('maxRedemptions', {
      type: 'SafeInt',
      nullable: true,
      description: 'How often it can be used in all. Null: no limit.',
    }),
    redeemedCount: t.expose('redeemedCount', {
      type: 'SafeInt',
      description:
        "Uses at the provider and through the gateway together, each counted once. A coupon's include its codes'.",
    }),
    heldCount: t.expose('heldCount', {
      type: 'SafeInt',
      description: 'Uses that are set aside now, neither redeemed nor given back.',
    }),
    remaining: t.expose('remaining', {
      type: 'SafeInt',
      nullable: true,
      description: 'Uses left, or what the coupon behind it has left if that is less. Null: no limit. Never below 0.',
    }),
    startsAt: t.expose('startsAt', {
      type: 'DateTime',
      nullable: true,
      description: 'The first instant at which it can be used. Null: at once.',
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'From this instant on it cannot be used. Null: never.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made at the provider.' }),
    metadata: t.field({
      type: 'JSONObject',
      nullable: true,
      directives: { cost: METADATA_COST },
      description: `Notes of its owner, with string values. Kept by the gateway where the provider keeps none. Null: none. Larger notes at the provider are cut: to the first ${keys} keys with at most ${key} characters, and to the first ${value} characters of each value.`,
      resolve: ({ metadata }) => metadata && new JsonObject(metadata),
    }),
    productIds: t.idList({
      nullable: true,
      description:
        "The only products that it is for, by the provider's ids; a promo code's are those of its coupon. Null: any. Using it needs `eligibleAmount` of the order.",
      resolve: ({ productIds }) => productIds,
    }),
    gatewayRules: t.expose('gatewayRules', {
      type: [GatewayRuleEnum],
      description: 'Which of its rules the gateway alone enforces.',
    }),
    freshness: t.field({
      type: FreshnessType,
      description: 'How recent this reading is.',
      resolve: (promotion) => promotion,
    }),
  }),
});
