import { printSubgraphSchema } from '@apollo/subgraph';
import {
  type DefinitionNode,
  type DocumentNode,
  type GraphQLSchema,
  isInputObjectType,
  Kind,
  parse,
  print,
  visit,
} from 'graphql';

/** No composer lets two subgraphs own these. */
const OWN_TO_ONE_SUBGRAPH = new Set(['node', 'nodes']);

/**
 * The served schema with its federation directives, as clients' tools can read it: `schema @link(…) { query … }` instead
 * of an extension, which relay-compiler cannot read, and @oneOf with its definition, which the printer leaves out.
 */
export function printServedSchema(schema: GraphQLSchema): string {
  const document = parse(printSubgraphSchema(schema));
  const links = document.definitions.flatMap((definition) =>
    definition.kind === Kind.SCHEMA_EXTENSION ? (definition.directives ?? []).map(print) : [],
  );
  const roots = ['query', 'mutation', 'subscription'].flatMap((operation) => {
    const name = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' }[operation];
    return name && schema.getType(name) ? [`  ${operation}: ${name}`] : [];
  });
  const head = `schema ${links.join(' ')} {\n${roots.join('\n')}\n}\n\n`;
  const oneOf = '"""\nExactly one field is given.\n"""\ndirective @oneOf on INPUT_OBJECT\n\n';
  const types = document.definitions
    .filter(({ kind }) => kind !== Kind.SCHEMA_EXTENSION && kind !== Kind.SCHEMA_DEFINITION)
    .map((definition) => print(withOneOf(definition, schema)))
    .sort();
  return `${head}${oneOf}${types.join('\n\n')}\n`;
}

/** The same for a composer, without the fields that only one subgraph may have. */
export function printSubgraph(served: string): string {
  const document: DocumentNode = visit(parse(served), {
    ObjectTypeDefinition: (type) =>
      type.name.value === 'Query'
        ? { ...type, fields: type.fields?.filter(({ name }) => !OWN_TO_ONE_SUBGRAPH.has(name.value)) }
        : undefined,
  });
  return `${print(document)}\n`;
}

function withOneOf(definition: DefinitionNode, schema: GraphQLSchema): DefinitionNode {
  if (definition.kind !== Kind.INPUT_OBJECT_TYPE_DEFINITION) return definition;
  const type = schema.getType(definition.name.value);
  if (!isInputObjectType(type) || !type.isOneOf) return definition;
  if (definition.directives?.some(({ name }) => name.value === 'oneOf')) return definition;
  const oneOf = { kind: Kind.DIRECTIVE, name: { kind: Kind.NAME, value: 'oneOf' } } as const;
  return { ...definition, directives: [...(definition.directives ?? []), oneOf] };
}
