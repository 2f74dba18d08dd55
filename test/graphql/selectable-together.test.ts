import {
  type GraphQLObjectType,
  type GraphQLOutputType,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from 'graphql';
import { expect, it } from 'vitest';
import { schema } from '../../src/graphql/schema.ts';

/** Of the client contract. A client gives one of the two another name. */
const NAMED_ALIKE = ['ArchiveCouponPayload', 'CreateCouponPayload', 'UpdateCouponPayload'].map(
  (payload) => `${payload}.coupon: Coupon!, PromotionProviderError.coupon: Coupon`,
);

/**
 * The fields of one name that a client cannot select on both types, as the rule "field selection merging" has it: they
 * differ in nulls, lists or scalars, or their types have such fields.
 */
function conflictsOf(
  one: GraphQLObjectType,
  other: GraphQLObjectType,
  seen: ReadonlySet<string> = new Set(),
): string[] {
  const pair = `${one.name} ${other.name}`;
  if (one === other || seen.has(pair)) return [];
  const fieldsOfOther = other.getFields();
  return Object.values(one.getFields()).flatMap((field) => {
    const same = fieldsOfOther[field.name];
    if (!same) return [];
    const inner = differing(field.type, same.type);
    if (inner === 'DIFFERENT')
      return `${one.name}.${field.name}: ${field.type}, ${other.name}.${same.name}: ${same.type}`;
    return inner.flatMap(([left, right]) => conflictsOf(left, right, new Set([...seen, pair])));
  });
}

/** DIFFERENT, or the pairs of object types whose fields are selected together. */
function differing(
  one: GraphQLOutputType,
  other: GraphQLOutputType,
): 'DIFFERENT' | [GraphQLObjectType, GraphQLObjectType][] {
  if (isNonNullType(one) || isNonNullType(other)) {
    return isNonNullType(one) && isNonNullType(other) ? differing(one.ofType, other.ofType) : 'DIFFERENT';
  }
  if (isListType(one) || isListType(other)) {
    return isListType(one) && isListType(other) ? differing(one.ofType, other.ofType) : 'DIFFERENT';
  }
  if (isLeafType(one) || isLeafType(other)) return one === other ? [] : 'DIFFERENT';
  return objectTypesOf(one).flatMap((left) =>
    objectTypesOf(other).map((right): [GraphQLObjectType, GraphQLObjectType] => [left, right]),
  );
}

function objectTypesOf(type: GraphQLOutputType): readonly GraphQLObjectType[] {
  if (isObjectType(type)) return [type];
  return isAbstractType(type) ? schema.getPossibleTypes(type) : [];
}

it('a client can select any fields of all members of a result in one operation', () => {
  const conflicts = Object.values(schema.getTypeMap()).flatMap((type) => {
    // Routers give the fields of entities other names.
    if (!isUnionType(type) || type.name === '_Entity') return [];
    const members = type.getTypes();
    return members.flatMap((one, place) => members.slice(place + 1).flatMap((other) => conflictsOf(one, other)));
  });
  expect([...new Set(conflicts)].sort()).toEqual(NAMED_ALIKE);
});
