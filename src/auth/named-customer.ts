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

/** The argument or input field, of whatever type, that names a customer. */
const CUSTOMER = 'customerId';

/** Where an operation may name a customer. */
export interface CustomerPlaces {
  /** True if its own text names one. */
  isNamed: boolean;
  /** Variables that are a customer where they are not null, with whether their default is one. */
  customers: Map<string, { hasDefault: boolean }>;
  /** Variables that may have a customer in them. */
  inputs: Map<string, GraphQLInputType>;
}

/** The places in the variables of an operation; {@link addCustomer} adds those in its text. */
export function customerPlaces(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
): CustomerPlaces {
  const inputs = variableDefinitions.flatMap(({ variable, type: node }) => {
    const type = typeFromAST(schema, node);
    return isInputType(type) && isInputObjectType(getNamedType(type)) ? [[variable.name.value, type] as const] : [];
  });
  return { isNamed: false, customers: new Map(), inputs: new Map(inputs) };
}

/** Adds an argument or input field, if it names a customer. */
export function addCustomer(
  places: CustomerPlaces,
  { name, value }: ArgumentNode | ObjectFieldNode,
  { variableDefinitions = [] }: OperationDefinitionNode,
): void {
  if (name.value !== CUSTOMER || value.kind === Kind.NULL) return;
  if (value.kind !== Kind.VARIABLE) {
    places.isNamed = true;
    return;
  }
  const text = value.name.value;
  const fallback = variableDefinitions.find(({ variable }) => variable.name.value === text)?.defaultValue;
  places.customers.set(text, { hasDefault: fallback !== undefined && fallback.kind !== Kind.NULL });
}

/** Whether an operation with these variables names a customer. */
export function namesCustomer(
  { isNamed, customers, inputs }: CustomerPlaces,
  variables: Readonly<Record<string, unknown>>,
): boolean {
  if (isNamed) return true;
  const isGiven = ([name, { hasDefault }]: [string, { hasDefault: boolean }]) =>
    Object.hasOwn(variables, name) ? isValue(variables[name]) : hasDefault;
  return [...customers].some(isGiven) || [...inputs].some(([name, type]) => holdsCustomer(type, variables[name]));
}

function holdsCustomer(type: GraphQLInputType, value: unknown): boolean {
  const given = getNullableType(type);
  // As deep as the type, however deep the value is. A list of one may be sent as that one.
  if (isListType(given)) return [value].flat().some((one) => holdsCustomer(given.ofType, one));
  if (!isInputObjectType(given) || typeof value !== 'object' || value === null) return false;
  const fields = given.getFields();
  return Object.entries(value).some(([name, part]) => {
    const field = fields[name];
    return field !== undefined && (name === CUSTOMER ? isValue(part) : holdsCustomer(field.type, part));
  });
}

function isValue<Value>(value: Value | null | undefined): value is Value {
  return value !== null && value !== undefined;
}
