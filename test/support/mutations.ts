import { getNamedType, isAbstractType } from 'graphql';
import { schema } from '../../src/graphql/schema.ts';
import type { Json } from './start-gateway.ts';

/** Sends an operation, and returns its data. Throws if the answer has errors. */
export type Run = (
  query: string,
  variables?: Record<string, unknown>,
  headers?: Record<string, string>,
) => Promise<Json>;

export const MONEY = '{ minorUnits currency }';
const COUNTS = 'maxRedemptions redeemedCount heldCount remaining';
const REDEEMABLE = `id provider account providerId status startsAt expiresAt metadata gatewayRules ${COUNTS}
  discount { ... on PercentageDiscount { percentage } ... on FixedDiscount { amount ${MONEY} } }
  duration { kind count unit }`;
export const PROMO_CODE = `${REDEEMABLE} code perCustomerLimit customerId planId firstTransactionOnly
  minimumOrder { minorUnits amount currency } coupon { id name providerId }`;
export const COUPON = `${REDEEMABLE} name`;
const REDEMPTION = `id status customerId orderId subscriptionId countedByProvider cancelReason heldUntil redeemedAt
  cancelledAt discountAmount ${MONEY} promotion { id status ${COUNTS} }`;
export const REFUSAL = `reason message shortfall ${MONEY} retryAfterSeconds`;

/**
 * The fields to read from each member of a result. The coupon of an error has an alias, because only there it is
 * nullable.
 */
const FIELDS: Record<string, string> = {
  CreatePromoCodePayload: `replayed promoCode { ${PROMO_CODE} }`,
  UpdatePromoCodePayload: `replayed promoCode { ${PROMO_CODE} }`,
  CreateCouponPayload: `replayed coupon { ${COUPON} }`,
  UpdateCouponPayload: `replayed coupon { ${COUPON} }`,
  ArchiveCouponPayload: `replayed coupon { ${COUPON} }`,
  RedeemPayload: `replayed redemption { ${REDEMPTION} }`,
  ForgetFailedAttemptsPayload: 'count',
  PromotionInputError: 'message issues { path message }',
  PromotionProviderError: 'message provider kind retryable retryAfterSeconds leftOver: coupon { id }',
  UnsupportedByProviderError: 'message provider fields',
  RedemptionRefusedError: REFUSAL,
  PromotionNotFoundError: 'message',
  PromotionConflictError: 'message',
  IdempotencyConflictError: 'message',
};

const documents = new Map<string, string>();

/**
 * A document of one mutation that reads every member of its result, with one variable `$input`.
 * @param mutation the name of the field, such as `createPromoCode`
 */
export function documentOf(mutation: string): string {
  const known = documents.get(mutation);
  if (known !== undefined) return known;
  const field = schema.getMutationType()?.getFields()[mutation];
  const result = field && getNamedType(field.type);
  if (!isAbstractType(result)) throw new Error(`There is no mutation ${mutation}`);
  const members = schema.getPossibleTypes(result).map(({ name }) => `... on ${name} { ${FIELDS[name]} }`);
  const document = `mutation ($input: ${field?.args[0]?.type}) {
    ${mutation}(input: $input) { __typename ${members.join('\n')} }
  }`;
  documents.set(mutation, document);
  return document;
}

/** Sends a mutation, and returns its result: any member of the union. */
export async function mutate(
  run: Run,
  mutation: string,
  input: Record<string, unknown>,
  headers?: Record<string, string>,
): Promise<Json> {
  return (await run(documentOf(mutation), { input }, headers))[mutation];
}
