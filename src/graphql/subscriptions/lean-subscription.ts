import { type DocumentNode, type GraphQLSchema, getOperationAST, parse, print, separateOperations } from 'graphql';

/** A valid subscription operation that the client may run, reduced to what its events need. */
export interface LeanSubscription {
  schema: GraphQLSchema;
  /** The operation and its fragments, without comments and source locations. */
  document: DocumentNode;
  text: string;
  operationName: string | undefined;
  /** Only those that the operation declares. */
  variableValues: Readonly<Record<string, unknown>>;
  /** An estimate of the memory that it takes while it is open. */
  bytes: number;
}

/** A subscription as the client has sent it. */
export interface SentSubscription {
  schema: GraphQLSchema;
  document: DocumentNode;
  operationName?: string | null | undefined;
  variableValues?: Readonly<Record<string, unknown>> | null | undefined;
}

/** The memory of a parsed operation, for each character of its text. Fields with names of two letters take the most. */
const BYTES_PER_CHARACTER = 40;
const BYTES_PER_CHARACTER_OF_VARIABLES = 4;

interface LeanOperation {
  text: string;
  document: DocumentNode;
}

/** By document and by the name of the operation. */
const leanOf = new WeakMap<DocumentNode, Map<string, LeanOperation>>();

/**
 * Reduces a subscription to what its events need. A subscription stays in memory for long: comments, other operations
 * and undeclared variables would stay with it.
 */
export function leanSubscription({ schema, document, operationName, variableValues }: SentSubscription) {
  const definitions = getOperationAST(document, operationName)?.variableDefinitions ?? [];
  const declared = new Set(definitions.map(({ variable }) => variable.name.value));
  const sent = Object.entries(variableValues ?? {}).filter(([name]) => declared.has(name));
  const { text, document: lean } = leanOperation(document, operationName);
  const values = Object.fromEntries(sent);
  const variableBytes = JSON.stringify(values).length * BYTES_PER_CHARACTER_OF_VARIABLES;
  const subscription: LeanSubscription = {
    schema,
    document: lean,
    text,
    operationName: operationName ?? undefined,
    variableValues: values,
    bytes: text.length * BYTES_PER_CHARACTER + variableBytes,
  };
  return subscription;
}

function leanOperation(document: DocumentNode, operationName: string | null | undefined): LeanOperation {
  const name = getOperationAST(document, operationName)?.name?.value ?? '';
  const known = leanOf.get(document) ?? new Map<string, LeanOperation>();
  const found = known.get(name);
  if (found) return found;
  const text = print(separateOperations(document)[name] ?? document);
  const lean = { text, document: parse(text, { noLocation: true }) };
  leanOf.set(document, known.set(name, lean));
  return lean;
}
