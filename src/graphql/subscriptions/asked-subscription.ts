import { type DocumentNode, type GraphQLSchema, getOperationAST, parse, print, separateOperations } from 'graphql';

/** What a client subscribes to: an operation that has been validated and may be asked for. */
export interface AskedSubscription {
  schema: GraphQLSchema;
  /** The operation and its fragments alone, without comments and places in the text. */
  document: DocumentNode;
  text: string;
  operationName: string | undefined;
  /** Those that the operation declares. */
  variableValues: Readonly<Record<string, unknown>>;
  /** What is kept of it for as long as it is open, as estimated. */
  bytes: number;
}

/** As a client has sent it. */
export interface SentSubscription {
  schema: GraphQLSchema;
  document: DocumentNode;
  operationName?: string | null | undefined;
  variableValues?: Readonly<Record<string, unknown>> | null | undefined;
}

/** What a parsed operation takes in memory, by the characters of its text: fields with names of two letters most. */
const BYTES_PER_CHARACTER = 40;
const BYTES_PER_CHARACTER_OF_VARIABLES = 4;

interface Lean {
  text: string;
  document: DocumentNode;
}

/** By the document that was sent and the operation's name. */
const leanOf = new WeakMap<DocumentNode, Map<string, Lean>>();

/**
 * Keeps of a subscription what its events need. A request is over soon and a subscription is not: comments, other
 * operations and variables that nothing declares would stay with it.
 */
export function askedSubscription({ schema, document, operationName, variableValues }: SentSubscription) {
  const definitions = getOperationAST(document, operationName)?.variableDefinitions ?? [];
  const declared = new Set(definitions.map(({ variable }) => variable.name.value));
  const sent = Object.entries(variableValues ?? {}).filter(([name]) => declared.has(name));
  const { text, document: lean } = leanOperation(document, operationName);
  const values = Object.fromEntries(sent);
  const variableBytes = JSON.stringify(values).length * BYTES_PER_CHARACTER_OF_VARIABLES;
  const asked: AskedSubscription = {
    schema,
    document: lean,
    text,
    operationName: operationName ?? undefined,
    variableValues: values,
    bytes: text.length * BYTES_PER_CHARACTER + variableBytes,
  };
  return asked;
}

function leanOperation(document: DocumentNode, operationName: string | null | undefined): Lean {
  const name = getOperationAST(document, operationName)?.name?.value ?? '';
  const known = leanOf.get(document) ?? new Map<string, Lean>();
  const found = known.get(name);
  if (found) return found;
  const text = print(separateOperations(document)[name] ?? document);
  const lean = { text, document: parse(text, { noLocation: true }) };
  leanOf.set(document, known.set(name, lean));
  return lean;
}
