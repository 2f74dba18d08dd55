import { GraphQLError } from 'graphql';
import type { Caller, Scope } from './caller.ts';

/** The scopes of which a caller needs one. An empty rule allows every authenticated caller. */
export type AccessRule = readonly Scope[];

const READ: AccessRule = ['read'];
const REDEEM: AccessRule = ['redeem'];
const MANAGE: AccessRule = ['manage'];

/** The rule of `GET /metrics` and of the controls of a sandbox. All other rules are those of the schema. */
export const OPERATOR_SCOPES: AccessRule = ['operate'];

/**
 * The access rules of the schema. Every field of a root type has one, or the schema is not built. Other fields are reached
 * through a root field; they have a rule only if they reveal more than the root field's rule allows.
 */
export const RULES: Record<string, Record<string, AccessRule>> = {
  Query: {
    promoCode: READ,
    promoCodeByCode: READ,
    promoCodeByProviderId: READ,
    promoCodes: READ,
    coupon: READ,
    couponByProviderId: READ,
    coupons: READ,
    redemption: READ,
    redemptions: READ,
    node: READ,
    nodes: READ,
    // Each kind of entity has a rule of its own.
    _entities: ['read', 'quote', 'redeem'],
    quotePromoCode: ['quote'],
    failedAttempts: ['operate'],
    refusals: ['operate'],
    providers: ['read', 'manage', 'operate'],
    _service: [],
  },
  Mutation: {
    redeemPromoCode: REDEEM,
    holdPromoCode: REDEEM,
    confirmRedemption: REDEEM,
    cancelRedemption: REDEEM,
    // It bypasses the conditions of codes.
    redeemCoupon: MANAGE,
    createCoupon: MANAGE,
    updateCoupon: MANAGE,
    archiveCoupon: MANAGE,
    createPromoCode: MANAGE,
    updatePromoCode: MANAGE,
    forgetFailedAttempts: ['operate'],
  },
  Subscription: {
    redemptionChanged: READ,
    // Without `read`, only codes that the caller can quote.
    promoCodeChanged: ['read', 'quote'],
  },
  // A caller that redeems a code sees the promotion, but neither its other redemptions nor its owner's metadata.
  Redeemable: {
    redemptions: READ,
    metadata: ['read', 'manage'],
    history: ['manage', 'operate'],
  },
  // Names of keys and tokens are for those who run the shop.
  Redemption: { caller: ['manage', 'operate'] },
  // Nor the other codes of the coupon.
  Coupon: { promoCodes: READ },
};

/** The rule of a field of a type with these interfaces, which pass their rules on. Undefined: there is none. */
export function ruleOf(type: string, interfaces: readonly string[], field: string): AccessRule | undefined {
  return [type, ...interfaces].map((name) => RULES[name]?.[field]).find((rule) => rule !== undefined);
}

/** The rules for entities that a router looks up by their ids. Without `read`, only what a quote may show. */
export const ENTITY_RULES = {
  PromoCode: ['read', 'quote', 'redeem'],
  Coupon: ['read', 'quote', 'redeem'],
  Redemption: ['read', 'redeem'],
} as const satisfies Record<string, AccessRule>;

export function hasAnyScope({ scopes }: Pick<Caller, 'scopes'>, needed: AccessRule): boolean {
  return needed.some((scope) => scopes.has(scope));
}

/**
 * Requires one of these scopes.
 * @param what the operation, for the message: "GET /metrics"
 * @throws {GraphQLError} FORBIDDEN, answered with 403
 */
export function requireScope(caller: Pick<Caller, 'scopes'>, needed: AccessRule, what: string): void {
  if (!hasAnyScope(caller, needed)) throw forbidden([{ name: what, scopes: needed }]);
}

/** Something that has an access rule: a field, an argument, a route. */
export interface Guarded {
  /** For messages: "Query.promoCodes". */
  name: string;
  scopes: AccessRule;
}

/** The error for a caller without the scopes for these, of which it names each once (RFC 6750, 3.1). Answered with 403. */
export function forbidden(denied: readonly Guarded[]): GraphQLError {
  const needs = new Set(denied.map(({ name, scopes }) => `${name} needs the scope ${scopes.join(' or ')}`));
  const scopes = new Set(denied.flatMap((one) => one.scopes));
  const headers = { 'www-authenticate': `Bearer error="insufficient_scope", scope="${[...scopes].join(' ')}"` };
  return new GraphQLError([...needs].join('; '), { extensions: { code: 'FORBIDDEN', http: { status: 403, headers } } });
}
