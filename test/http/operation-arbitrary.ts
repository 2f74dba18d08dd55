import fc from 'fast-check';
import {
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLNamedOutputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isUnionType,
} from 'graphql';

/** A valid operation. Most of its variables have the right types. */
export interface GeneratedOperation {
  query: string;
  variables: Record<string, unknown>;
}

/** Values to try in inputs: ids and texts that exist here, and texts that often break software. */
export interface Pool {
  ids: string[];
  texts: string[];
}

const NASTY = [
  '',
  ' ',
  '\0',
  '\u202e',
  'ｆｕｌｌ',
  'ß',
  '\ud800',
  '‮code',
  "'; drop table promotions; --",
  '{{7*7}}',
  '__proto__',
];
const INSTANTS = [
  '2026-01-01T00:00:00Z',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999Z',
  '2026-02-30T00:00:00Z',
  'now',
];
const NUMBERS = [0, -0, 1, -1, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 53 - 1, 2 ** 53, 1e308, 0.1, -1.5];
const DECIMALS = ['0', '10', '100', '100.5', '-1', '1e9', '0.000000001', '١٢', 'NaN'];

/** Generates operations that use all types and fields of a schema. */
export function operationsOf(schema: GraphQLSchema, pool: Pool): fc.Arbitrary<GeneratedOperation> {
  const roots = [
    ['query', schema.getQueryType()],
    ['mutation', schema.getMutationType()],
  ] as const;
  const known = roots.flatMap(([kind, type]) => (type ? [[kind, type] as const] : []));
  return fc.tuple(fc.constantFrom(...known), fc.infiniteStream(fc.nat())).chain(([[kind, root], stream]) => {
    const choices = { next: (below: number) => Number(stream.next().value) % below };
    const { text, variables } = new Writer(schema, choices).write(kind, root);
    return fc
      .record(Object.fromEntries(variables.map(({ name, type }) => [name, inputValue(type, pool, 3)])))
      .map((values) => ({ query: text, variables: values }));
  });
}

interface Variable {
  name: string;
  type: GraphQLInputType;
}

/** Writes an operation from generated choices. */
class Writer {
  readonly #schema: GraphQLSchema;
  readonly #choices: { next(below: number): number };
  readonly #variables: Variable[] = [];

  constructor(schema: GraphQLSchema, choices: { next(below: number): number }) {
    this.#schema = schema;
    this.#choices = choices;
  }

  write(kind: string, root: GraphQLObjectType): { text: string; variables: Variable[] } {
    const selection = this.#fields(root, 4);
    const declared = this.#variables.map(({ name, type }) => `$${name}: ${type}`).join(', ');
    return { text: `${kind} Fuzz${declared && `(${declared})`} ${selection}`, variables: this.#variables };
  }

  #selection(type: GraphQLNamedOutputType, depth: number): string {
    if (isLeafType(type)) return '';
    const possible = isUnionType(type) || isInterfaceType(type) ? this.#schema.getPossibleTypes(type) : [];
    const parts = possible.map((one) => `... on ${one.name} ${this.#fields(one, depth)}`);
    const own = isUnionType(type) ? [] : [this.#fields(type, depth).slice(1, -1)];
    return `{ __typename ${[...own, ...parts].join(' ')} }`;
  }

  #fields(type: GraphQLNamedOutputType, depth: number): string {
    const fields = 'getFields' in type ? Object.values(type.getFields()) : [];
    const fitting = fields.filter((field) => 'args' in field && (depth > 0 || isLeafType(getNamedType(field.type))));
    const count = 1 + this.#choices.next(3);
    const chosen = Array.from({ length: count }, () => fitting[this.#choices.next(fitting.length)]);
    const written = chosen.flatMap((field) => {
      if (!field || !('args' in field)) return [];
      const named = getNamedType(field.type);
      const alias = `f${this.#choices.next(1_000_000)}`;
      return [`${alias}: ${field.name}${this.#args(field.args)} ${this.#selection(named, depth - 1)}`];
    });
    return `{ __typename ${written.join(' ')} }`;
  }

  #args(args: readonly GraphQLArgument[]): string {
    const given = args.filter((argument) => isRequiredArgument(argument) || this.#choices.next(3) === 0);
    const written = given.map(({ name, type }) => {
      const variable = `v${this.#variables.length}`;
      this.#variables.push({ name: variable, type });
      return `${name}: $${variable}`;
    });
    return written.length > 0 ? `(${written.join(', ')})` : '';
  }
}

/** A value for an input. Nine of ten values have the right type. */
function inputValue(type: GraphQLInputType, pool: Pool, depth: number): fc.Arbitrary<unknown> {
  const fitting = isNonNullType(type)
    ? fittingValue(type.ofType, pool, depth)
    : fc.oneof({ weight: 3, arbitrary: fittingValue(type, pool, depth) }, { weight: 1, arbitrary: fc.constant(null) });
  return fc.oneof({ weight: 19, arbitrary: fitting }, { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) });
}

function fittingValue(type: GraphQLInputType, pool: Pool, depth: number): fc.Arbitrary<unknown> {
  if (isNonNullType(type)) return fittingValue(type.ofType, pool, depth);
  if (isListType(type)) return fc.array(inputValue(type.ofType, pool, depth - 1), { maxLength: 3 });
  if (isEnumType(type)) return fc.constantFrom(...type.getValues().map(({ name }) => name));
  if (isInputObjectType(type)) return objectOf(Object.values(type.getFields()), type.isOneOf, pool, depth);
  switch (type.name) {
    case 'Int':
    case 'Float':
    case 'SafeInt':
      return fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.constantFrom(...NUMBERS));
    case 'Boolean':
      return fc.boolean();
    case 'DateTime':
      return fc.constantFrom(...INSTANTS);
    case 'Decimal':
      return fc.constantFrom(...DECIMALS);
    case 'CurrencyCode':
      return fc.constantFrom('USD', 'NGN', 'JPY', 'XXX', 'usd', 'ZZZ');
    case 'JSONObject':
    case '_Any':
      return fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 });
    case 'ID':
      return fc.constantFrom(...pool.ids, ...pool.texts, ...NASTY);
    default:
      return fc.oneof(fc.constantFrom(...pool.texts, ...NASTY), fc.string({ unit: 'binary' }));
  }
}

function objectOf(fields: GraphQLInputField[], isOneOf: boolean, pool: Pool, depth: number): fc.Arbitrary<unknown> {
  if (isOneOf) {
    return fc
      .constantFrom(...fields)
      .chain((field) => fittingValue(field.type, pool, depth - 1).map((value) => ({ [field.name]: value })));
  }
  const required = fields.filter(({ type }) => isNonNullType(type)).map(({ name }) => name);
  return fc.record(Object.fromEntries(fields.map(({ name, type }) => [name, inputValue(type, pool, depth - 1)])), {
    requiredKeys: required,
  });
}
