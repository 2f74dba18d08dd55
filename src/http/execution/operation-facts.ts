import {
  type DocumentNode,
  type FragmentDefinitionNode,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

const MAX_NAME_LENGTH = 100;

const ROOT_TYPES = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' } as const;

/** What is known of an operation, whatever its variables are. */
export interface OperationFacts {
  operation: OperationDefinitionNode;
  type: 'query' | 'mutation' | 'subscription';
  /** As it is logged; null for an anonymous operation. */
  name: string | null;
  /** A variable whose name the executor would take for a property of every object, such as `__proto__`. */
  unsafeVariable: string | undefined;
  /** Whether its document reads nothing but __typename, __schema and __type. */
  isSchemaOnly: boolean;
  /** All fragments of its document, by their names. */
  fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Its root fields as the schema names them ("Query.promoCode"), by their keys in the answer. Without introspection. */
  rootFields: ReadonlyMap<string, string>;
}

/** The facts of the operations of a document, by the name that a request chooses one with. */
const known = new WeakMap<DocumentNode, Map<string | null, OperationFacts>>();

/** The facts of the operation that a request chooses; undefined if the document has none of that name. */
export function operationFacts(document: DocumentNode, name: string | null | undefined): OperationFacts | undefined {
  const facts = known.get(document)?.get(name ?? null);
  if (facts) return facts;
  const operation = getOperationAST(document, name);
  if (!operation) return undefined;
  const found = factsOf(operation, document);
  const ofDocument = known.get(document) ?? new Map<string | null, OperationFacts>();
  known.set(document, ofDocument.set(name ?? null, found));
  return found;
}

function factsOf(operation: OperationDefinitionNode, document: DocumentNode): OperationFacts {
  const variables = operation.variableDefinitions ?? [];
  const fragments = fragmentsOf(document);
  return {
    operation,
    type: operation.operation,
    name: operation.name?.value.slice(0, MAX_NAME_LENGTH) ?? null,
    unsafeVariable: variables.find(({ variable }) => variable.name.value in {})?.variable.name.value,
    isSchemaOnly: isSchemaOnly(document),
    fragments,
    rootFields: rootFieldsOf(operation, fragments),
  };
}

function isSchemaOnly({ definitions }: DocumentNode): boolean {
  return definitions.every(
    (definition) =>
      definition.kind !== 'OperationDefinition' ||
      definition.selectionSet.selections.every(
        (selection) => selection.kind === 'Field' && selection.name.value.startsWith('__'),
      ),
  );
}

function fragmentsOf({ definitions }: DocumentNode): Map<string, FragmentDefinitionNode> {
  return new Map(
    definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [],
    ),
  );
}

function rootFieldsOf(
  { operation, selectionSet }: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): Map<string, string> {
  const type = ROOT_TYPES[operation];
  const fields = new Map<string, string>();
  const seen = new Set<string>();
  const add = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const { name, alias = name } = selection;
        if (!name.value.startsWith('__')) fields.set(alias.value, `${type}.${name.value}`);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) add(selection.selectionSet);
      else if (!seen.has(selection.name.value)) {
        seen.add(selection.name.value);
        const fragment = fragments.get(selection.name.value);
        if (fragment) add(fragment.selectionSet);
      }
    }
  };
  add(selectionSet);
  return fields;
}
