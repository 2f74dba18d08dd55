import {
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from 'graphql';
import { schema } from '../../../src/graphql/schema.ts';
import type { Json } from '../../support/start-gateway.ts';

/** An operation that selects one field of the schema with one input of a certain size. */
export interface SizedCall {
  /** The type that has the field: "Query", "Coupon". */
  on: string;
  field: string;
  /** The path of the sized value, starting with the argument, as an issue names it. */
  path: string[];
  /** The variable definitions of the document. */
  definitions: string;
  text: string;
  variables: Record<string, Json>;
}

type Input = GraphQLArgument | GraphQLInputField;
/** A value, and the path of its sized part. */
type Sized = [path: string[], value: Json];

/** The numbers that the description of an input states for its size. */
function stated(input: Input): number[] {
  const numbers = [...((input.description ?? '').split('At most ').at(-1)?.matchAll(/\d+/g) ?? [])];
  return numbers.map(([number]) => Number(number));
}

/** For each input of the schema, a call in which this input is `by` larger than its description allows. */
export function sizedCalls(by: number): SizedCall[] {
  const types = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && !type.name.startsWith('__'));
  return types.filter(isObjectType).flatMap((type) =>
    Object.values(type.getFields()).flatMap((field) =>
      field.args.flatMap((argument) =>
        sizedInputs(argument, by).map(([path, value]) => {
          const others = field.args.filter((one) => one !== argument && isNonNullType(one.type));
          const variables = Object.fromEntries([
            ...others.map((one) => [one.name, minimal(one.type)]),
            [argument.name, value],
          ]);
          const used = field.args.filter(({ name }) => name in variables);
          const given = used.map(({ name }) => `${name}: $${name}`).join(', ');
          return {
            on: type.name,
            field: field.name,
            path: [argument.name, ...path],
            definitions: `(${used.map((one) => `$${one.name}: ${one.type}`).join(', ')})`,
            text: `${field.name}(${given}) ${selectionOf(getNamedType(field.type))}`,
            variables,
          };
        }),
      ),
    ),
  );
}

function selectionOf(type: ReturnType<typeof getNamedType>): string {
  const issues = '... on PromotionInputError { issues { path message } }';
  const hasIssues = isUnionType(type) && type.getTypes().some(({ name }) => name === 'PromotionInputError');
  if (hasIssues) return `{ __typename ${issues} }`;
  return isUnionType(type) || isObjectType(type) || isInterfaceType(type) ? '{ __typename }' : '';
}

/** Each way in which an input can have that size: the value itself, or a value in it. */
function sizedInputs(input: Input, by: number): Sized[] {
  const type = getNullableType(input.type);
  if (isListType(type)) {
    const [entries = 0] = stated(input);
    const sizedEntries = sizedOf(getNullableType(type.ofType), input, by, 1);
    return [[[], Array(entries + by).fill(minimal(type.ofType))], ...sizedEntries.map(inList)];
  }
  return sizedOf(type, input, by, 0);
}

function inList([path, value]: Sized): Sized {
  return [['0', ...path], [value]];
}

function sizedOf(type: GraphQLInputType, input: Input, by: number, nth: number): Sized[] {
  if (isInputObjectType(type)) {
    return Object.values(type.getFields()).flatMap((field) =>
      sizedInputs(field, by).map(
        ([path, value]): Sized => [
          [field.name, ...path],
          { ...(type.isOneOf ? {} : minimal(type)), [field.name]: value },
        ],
      ),
    );
  }
  const numbers = stated(input).slice(nth);
  const name = getNamedType(type).name;
  if (name === 'JSONObject' || name === '_Any') {
    const [keys = 0, , longestKey = 0, text = 0] = numbers;
    const key = 'k'.repeat(longestKey + by);
    const others = keys + by - Object.keys(minimal(type)).length;
    const many = Object.fromEntries(Array.from({ length: others }, (_, index) => [`k${index}`, 'v']));
    return [
      [[], { ...minimal(type), ...many }],
      [[by > 0 ? `${key.slice(0, longestKey)}…` : key], { ...minimal(type), [key]: 'v' }],
      [['id'], { ...minimal(type), id: 'v'.repeat(text + by) }],
    ];
  }
  const isSmall = isEnumType(type) || ['Int', 'Boolean', 'SafeInt'].includes(name);
  return isSmall ? [] : [[[], 'x'.repeat((numbers[0] ?? 0) + by)]];
}

const SCALARS: Record<string, Json> = {
  Int: 1,
  SafeInt: 1,
  Boolean: true,
  Decimal: '10',
  CurrencyCode: 'USD',
  DateTime: '2100-01-01T00:00:00Z',
  JSONObject: {},
  _Any: { __typename: 'Redemption' },
};

/** A minimal valid value of an input type. */
function minimal(type: GraphQLInputType): Json {
  const known = getNullableType(type);
  if (isListType(known)) return [];
  if (isEnumType(known)) return known.getValues()[0]?.name;
  if (!isInputObjectType(known)) return SCALARS[getNamedType(known).name] ?? 'x';
  const fields = Object.values(known.getFields());
  const needed = known.isOneOf ? fields.slice(0, 1) : fields.filter((field) => isNonNullType(field.type));
  return Object.fromEntries(needed.map((field) => [field.name, minimal(field.type)]));
}
