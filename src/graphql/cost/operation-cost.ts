import {
  type ArgumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
  valueFromASTUntyped,
} from 'graphql';
import { introspectedSchema, type Shown } from './introspected-schema.ts';
import type { PublishedCosts } from './published-costs.ts';

/** The operation costs more than is allowed. */
export class TooExpensiveError extends GraphQLError {
  constructor(limit: number) {
    super(`The operation costs more than ${limit}: request shorter lists or fewer fields`, {
      extensions: { code: 'OPERATION_TOO_EXPENSIVE', http: { status: 400 } },
    });
  }
}

interface MeasuredOperation {
  operation: OperationDefinitionNode;
  fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  variables: Readonly<Record<string, unknown>>;
}

/** The length of the lists below a connection field: its `sizedFields` are as long as its page. */
interface Sizes {
  fields: readonly string[];
  size: number;
}

const MUTATION = 10;

/** The cost of an object in introspection. The default `MAX_COST` allows the whole schema once, but not twice. */
const INTROSPECTED = 4;

/**
 * The cost of an operation by the published costs of its fields. It does not depend on the rows that are found.
 * `isFixed`: the cost does not depend on variables.
 * @throws {TooExpensiveError} as soon as the cost exceeds `limit`, so that a huge operation takes little time
 */
export function operationCost(
  schema: GraphQLSchema,
  costs: PublishedCosts,
  measured: MeasuredOperation,
  limit: number,
): { cost: number; isFixed: boolean } {
  let total = 0;
  let isFixed = true;
  const variables = { ...defaultsOf(measured.operation), ...measured.variables };
  const argumentValue = ({ value }: ArgumentNode): unknown => {
    if (hasVariable(value)) isFixed = false;
    return valueFromASTUntyped(value, variables);
  };
  const add = (cost: number) => {
    total += cost;
    if (total > limit) throw new TooExpensiveError(limit);
  };

  const visitSet = (set: SelectionSetNode, type: GraphQLOutputType, times: number, sizes: Sizes | null): void => {
    for (const [field, on] of fieldsOf(set, getNamedType(type).name, measured.fragments)) {
      visitField(field, on, times, sizes);
    }
  };

  const visitField = (field: FieldNode, on: string, times: number, sizes: Sizes | null): void => {
    const parent = schema.getType(on);
    if (!isObjectType(parent) && !isInterfaceType(parent)) return;
    const name = field.name.value;
    if (parent === schema.getQueryType() && (name === '__schema' || name === '__type')) {
      const [typeName] = (field.arguments ?? []).map(argumentValue);
      visitShown(field, introspectedSchema(schema).root(name, typeName));
      return;
    }
    const definition = parent.getFields()[name];
    if (!definition) return;
    const published = costs.get(`${on}.${name}`);
    const isComposite = isCompositeType(getNamedType(definition.type));
    const weight = published?.cost ?? (parent === schema.getMutationType() ? MUTATION : isComposite ? 1 : 0);
    const length = sizes?.fields.includes(name)
      ? sizes.size
      : isList(definition.type)
        ? (published?.listSize?.assumedSize ?? given(field, argumentValue))
        : 1;
    add(times * length * weight);
    if (!field.selectionSet || times * length === 0) return;
    const page = published?.listSize;
    const below = page ? { fields: page.sizedFields, size: slice(field, page, argumentValue) } : null;
    visitSet(field.selectionSet, definition.type, times * length, below);
  };

  /** Introspection costs as much as it shows. */
  const visitShown = (field: FieldNode, shown: Shown[]): void => {
    add(shown.length * INTROSPECTED);
    if (!field.selectionSet || shown.length === 0) return;
    for (const [inner] of fieldsOf(field.selectionSet, '', measured.fragments)) {
      visitShown(inner, introspectedSchema(schema).below(shown, inner.name.value));
    }
  };

  visitSet(measured.operation.selectionSet, rootOf(schema, measured.operation), 1, null);
  return { cost: total, isFixed };
}

/** The default values of variables, which can be long lists too. */
function defaultsOf({ variableDefinitions = [] }: OperationDefinitionNode): Record<string, unknown> {
  return Object.fromEntries(
    variableDefinitions.flatMap(({ variable, defaultValue }) =>
      defaultValue ? [[variable.name.value, valueFromASTUntyped(defaultValue)]] : [],
    ),
  );
}

function rootOf(schema: GraphQLSchema, { operation }: OperationDefinitionNode): GraphQLObjectType {
  const root = schema.getRootType(operation);
  if (!root) throw new Error(`The schema has no ${operation}`);
  return root;
}

/** The fields of a selection, each with its parent type. A fragment that is spread twice counts once. */
function* fieldsOf(
  set: SelectionSetNode,
  on: string,
  fragments: MeasuredOperation['fragments'],
  spread = new Set<string>(),
): Generator<[FieldNode, string]> {
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) yield [selection, on];
    else if (selection.kind === Kind.INLINE_FRAGMENT) {
      yield* fieldsOf(selection.selectionSet, selection.typeCondition?.name.value ?? on, fragments, spread);
    } else if (!spread.has(selection.name.value)) {
      spread.add(selection.name.value);
      const fragment = fragments.get(selection.name.value);
      if (fragment) yield* fieldsOf(fragment.selectionSet, fragment.typeCondition.name.value, fragments, spread);
    }
  }
}

/** The length of a page: the requested size, or the default. */
function slice(
  field: FieldNode,
  { slicingArguments, assumedSize }: { slicingArguments: readonly string[]; assumedSize: number },
  argumentValue: (argument: ArgumentNode) => unknown,
): number {
  const sizes = (field.arguments ?? [])
    .filter(({ name }) => slicingArguments.includes(name.value))
    .map(argumentValue)
    .filter((value) => typeof value === 'number');
  return sizes.length > 0 ? Math.max(0, ...sizes) : assumedSize;
}

/** A list without a published size is as long as the argument that it is requested with (ids, representations). */
function given({ arguments: given = [] }: FieldNode, argumentValue: (argument: ArgumentNode) => unknown): number {
  const lengths = given.map(argumentValue).map((value) => (Array.isArray(value) ? value.length : 1));
  return Math.max(1, ...lengths);
}

function hasVariable(value: ValueNode): boolean {
  if (value.kind === Kind.VARIABLE) return true;
  return value.kind === Kind.LIST && value.values.some(hasVariable);
}

function isList(type: GraphQLOutputType): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type);
}
