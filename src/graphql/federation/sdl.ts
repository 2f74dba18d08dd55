import { getDocumentNodeFromSchema } from '@graphql-tools/utils';
import {
  type DefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type GraphQLSchema,
  isInputObjectType,
  Kind,
  type ListValueNode,
  type ObjectTypeDefinitionNode,
  parse,
  parseConstValue,
  print,
  visit,
} from 'graphql';
import { ruleOf } from '../../auth/access-rules.ts';

/** Query fields that only one subgraph of a supergraph may have. */
const OWN_TO_ONE_SUBGRAPH = new Set(['node', 'nodes']);

/** Links the definitions of the directives that the schema uses. */
const LINK =
  '@link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@cost", "@listSize", "@tag"])';

/**
 * The served schema with its federation directives and the definition of @oneOf, which client tools need, and without
 * the fields and types that only routers use.
 */
export function printServedSchema(schema: GraphQLSchema): string {
  const document = getDocumentNodeFromSchema(schema);
  const roots = [
    ['query', schema.getQueryType()],
    ['mutation', schema.getMutationType()],
    ['subscription', schema.getSubscriptionType()],
  ] as const;
  const root = roots.flatMap(([operation, type]) => (type ? [`  ${operation}: ${type.name}`] : []));
  const head = `schema ${LINK} {\n${root.join('\n')}\n}\n\n`;
  const oneOf = '"""\nExactly one field is given.\n"""\ndirective @oneOf on INPUT_OBJECT\n\n';
  const types = document.definitions
    .filter(isServed)
    .map((definition) => print(withoutInterfaceCosts(withoutRoutersFields(withOneOf(definition, schema)))))
    .sort();
  return `${head}${oneOf}${types.join('\n\n')}\n`;
}

/** Types whose names begin with "_" are for routers. */
function isServed(definition: DefinitionNode): boolean {
  if (definition.kind === Kind.SCHEMA_DEFINITION || definition.kind === Kind.DIRECTIVE_DEFINITION) return false;
  return !('name' in definition) || !definition.name?.value.startsWith('_');
}

function withoutRoutersFields(definition: DefinitionNode): DefinitionNode {
  if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION || definition.name.value !== 'Query') return definition;
  return { ...definition, fields: definition.fields?.filter(({ name }) => !name.value.startsWith('_')) };
}

/** Composers refuse @cost on the fields of an interface. The types that implement it have the costs. */
function withoutInterfaceCosts(definition: DefinitionNode): DefinitionNode {
  if (definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) return definition;
  const fields = definition.fields?.map((field) => ({
    ...field,
    directives: field.directives?.filter(({ name }) => name.value !== 'cost'),
  }));
  return { ...definition, fields };
}

/** The schema for a composer, without the fields that only one subgraph may have. */
export function printSubgraph(served: string): string {
  const document: DocumentNode = visit(parse(served), {
    ObjectTypeDefinition: (type) =>
      type.name.value === 'Query'
        ? { ...type, fields: type.fields?.filter(({ name }) => !OWN_TO_ONE_SUBGRAPH.has(name.value)) }
        : undefined,
  });
  return `${print(document)}\n`;
}

/**
 * The schema for a composer, with the scopes of each field as `@requiresScopes`. The types that implement an interface have
 * the scopes of its fields, because composers refuse them on an interface.
 */
export function printWithScopes(subgraph: string): string {
  const document: DocumentNode = visit(parse(subgraph), {
    // Its only list is that of the imports.
    SchemaDefinition: (definition) => visit(definition, { ListValue: (list) => extended(list, '@requiresScopes') }),
    ObjectTypeDefinition: (type) => ({ ...type, fields: type.fields?.map((field) => withScopes(type, field)) }),
  });
  return `${print(document)}\n`;
}

function withScopes(type: ObjectTypeDefinitionNode, field: FieldDefinitionNode): FieldDefinitionNode {
  const interfaces = (type.interfaces ?? []).map(({ name }) => name.value);
  const rule = ruleOf(type.name.value, interfaces, field.name.value) ?? [];
  if (rule.length === 0) return field;
  // Each scope is enough. In an inner list, all would be needed.
  const scopes = parseConstValue(JSON.stringify(rule.map((scope) => [scope])));
  const argument = { kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: 'scopes' }, value: scopes } as const;
  const name = { kind: Kind.NAME, value: 'requiresScopes' } as const;
  const directive = { kind: Kind.DIRECTIVE, name, arguments: [argument] } as const;
  return { ...field, directives: [...(field.directives ?? []), directive] };
}

function extended(list: ListValueNode, text: string): ListValueNode {
  return { ...list, values: [...list.values, { kind: Kind.STRING, value: text }] };
}

function withOneOf(definition: DefinitionNode, schema: GraphQLSchema): DefinitionNode {
  if (definition.kind !== Kind.INPUT_OBJECT_TYPE_DEFINITION) return definition;
  const type = schema.getType(definition.name.value);
  if (!isInputObjectType(type) || !type.isOneOf) return definition;
  if (definition.directives?.some(({ name }) => name.value === 'oneOf')) return definition;
  const oneOf = { kind: Kind.DIRECTIVE, name: { kind: Kind.NAME, value: 'oneOf' } } as const;
  return { ...definition, directives: [...(definition.directives ?? []), oneOf] };
}
