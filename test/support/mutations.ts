import { getNamedType, isAbstractType } from 'graphql';
import { schema } from '../../src/graphql/schema.ts';
import type { DataOf } from './schema/data-of.ts';
import type { introspection } from './schema/schema.generated.d.ts';
import type { Data } from './start-gateway.ts';

/** Sends an operation, and returns its data. Throws if the answer has errors. */
export type Run = <const Text extends string>(
  query: Text,
  variables?: Record<string, unknown>,
  headers?: Record<string, string>,
) => Promise<Data<Text>>;

export const MONEY = '{ minorUnits currency }';
const COUNTS = 'maxRedemptions redeemedCount heldCount remaining';
const REDEEMABLE = `id provider account providerId status startsAt expiresAt metadata gatewayRules ${COUNTS}
  discount { ... on PercentageDiscount { percentage } ... on FixedDiscount { amount ${MONEY} } }
  duration { kind count unit }` as const;
export const PROMO_CODE = `${REDEEMABLE} code perCustomerLimit customerId planId firstTransactionOnly
  minimumOrder { minorUnits amount currency } coupon { id name providerId }` as const;
export const COUPON = `${REDEEMABLE} name` as const;
const REDEMPTION = `id status customerId orderId subscriptionId countedByProvider cancelReason heldUntil redeemedAt
  cancelledAt discountAmount ${MONEY} promotion { id status ${COUNTS} }` as const;
export const REFUSAL = `reason message shortfall ${MONEY} retryAfterSeconds` as const;

/**
 * The fields to read from each member of a result. The coupon of an error has an alias, because only there it is
 * nullable.
 */
const FIELDS = {
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
  PromotionConflictError: 'message currentRedemption { id status }',
  IdempotencyConflictError: 'message',
} as const satisfies Record<Member<MutationName>, string>;

/** Fields of an input. A test may send wrong ones on purpose. */
export type Input = Record<string, unknown>;

type Types = introspection['types'];
type Mutations = Types['Mutation']['fields'];
export type MutationName = keyof Mutations;
/** The names of the members of a mutation's result. */
type Member<Name extends MutationName> = Types[Mutations[Name]['type']['name']]['possibleTypes'];
/** What a document reads from a member of a result. */
type Read<Name extends string> = Name extends keyof typeof FIELDS
  ? { __typename: Name } & DataOf<`fragment Read on ${Name} { ${(typeof FIELDS)[Name]} }`>
  : never;
type KeyOf<Union> = Union extends unknown ? keyof Union : never;
/** A union each of whose members has the fields of the others, too, as absent. */
export type Exclusive<Union, Key extends PropertyKey = KeyOf<Union>> = Union extends unknown
  ? Union & { [Absent in Exclude<Key, keyof Union>]?: undefined }
  : never;
/** The result of a mutation. Only the fields of its own member are present. */
export type Result<Name extends MutationName> = Exclusive<Read<Member<Name>>>;

const fields = new Map<string, string>(Object.entries(FIELDS));
const documents = new Map<string, string>();

/**
 * A document of one mutation that reads every member of its result, with one variable `$input`.
 * @param mutation the name of the field, such as `createPromoCode`
 */
export function documentOf(mutation: MutationName): string {
  const known = documents.get(mutation);
  if (known !== undefined) return known;
  const field = schema.getMutationType()?.getFields()[mutation];
  const result = field && getNamedType(field.type);
  if (!isAbstractType(result)) throw new Error(`There is no mutation ${mutation}`);
  const members = schema.getPossibleTypes(result).map(({ name }) => `... on ${name} { ${fields.get(name)} }`);
  const document = `mutation ($input: ${field?.args[0]?.type}) {
    ${mutation}(input: $input) { __typename ${members.join('\n')} }
  }`;
  documents.set(mutation, document);
  return document;
}

/** Sends a mutation, and returns its result: any member of the union. */
export async function mutate<Name extends MutationName>(
  run: Run,
  mutation: Name,
  input: Input,
  headers?: Record<string, string>,
): Promise<Result<Name>> {
  const text: string = documentOf(mutation);
  return (await run(text, { input }, headers))[mutation];
}

/** The payload of a mutation that is expected to succeed. Throws if the result is another member. */
export function payloadOf<Member extends { __typename: string; replayed?: boolean }>(
  result: Member,
): Extract<Member, { replayed: boolean }> {
  if (isPayload(result)) return result;
  throw new Error(`Expected a payload, got ${JSON.stringify(result)}`);
}

function isPayload<Member extends object>(result: Member): result is Extract<Member, { replayed: boolean }> {
  return 'replayed' in result;
}
