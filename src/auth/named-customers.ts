import {
  type ArgumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isInputType,
  isListType,
  Kind,
  type ObjectFieldNode,
  type OperationDefinitionNode,
  typeFromAST,
} from 'graphql';

/** The argument or input field that names a customer, in every type. */
const CUSTOMER_FIELD = 'customerId';

/** The places where an operation can name a customer. */
export interface NamedCustomers {
  /** True if the text of the operation names one. */
  isInText: boolean;
  /** Variables whose value is a customer unless it is null, with whether their default is one. */
  variables: Map<string, { hasDefault: boolean }>;
  /** Variables with an input object, which can contain a customer. */
  inputs: Map<string, GraphQLInputType>;
}

/** The variables of an operation that can contain a customer. {@link addNamedCustomer} adds the places in its text. */
export function namedCustomers(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
): NamedCustomers {
  const inputs = variableDefinitions.flatMap(({ variable, type: node }) => {
    const type = typeFromAST(schema, node);
    return isInputType(type) && isInputObjectType(getNamedType(type)) ? [[variable.name.value, type] as const] : [];
  });
  return { isInText: false, variables: new Map(), inputs: new Map(inputs) };
}

/** Adds an argument or input field if it names a customer. */
export function addNamedCustomer(
  places: NamedCustomers,
  { name, value }: ArgumentNode | ObjectFieldNode,
  { variableDefinitions = [] }: OperationDefinitionNode,
): void {
  if (name.value !== CUSTOMER_FIELD || value.kind === Kind.NULL) return;
  if (value.kind !== Kind.VARIABLE) {
    places.isInText = true;
    return;
  }
  const variableName = value.name.value;
  const fallback = variableDefinitions.find(({ variable }) => variable.name.value === variableName)?.defaultValue;
  places.variables.set(variableName, { hasDefault: fallback !== undefined && fallback.kind !== Kind.NULL });
}

/** True if an operation with these variables names a customer. */
export function namesCustomer(
  { isInText, variables: customers, inputs }: NamedCustomers,
  variables: Readonly<Record<string, unknown>>,
): boolean {
  if (isInText) return true;
  const isSent = ([name, { hasDefault }]: [string, { hasDefault: boolean }]) =>
    Object.hasOwn(variables, name) ? isValue(variables[name]) : hasDefault;
  return [...customers].some(isSent) || [...inputs].some(([name, type]) => containsCustomer(type, variables[name]));
}

/** Recursion follows the type, so it ends however deep the value is. */
function containsCustomer(type: GraphQLInputType, value: unknown): boolean {
  const nullable = getNullableType(type);
  // GraphQL accepts a single value for a list.
  if (isListType(nullable)) return [value].flat().some((item) => containsCustomer(nullable.ofType, item));
  if (!isInputObjectType(nullable) || typeof value !== 'object' || value === null) return false;
  const fields = nullable.getFields();
  return Object.entries(value).some(([name, part]) => {
    const field = fields[name];
    return field !== undefined && (name === CUSTOMER_FIELD ? isValue(part) : containsCustomer(field.type, part));
  });
}

function isValue<Value>(value: Value | null | undefined): value is Value {
  return value !== null && value !== undefined;
}
