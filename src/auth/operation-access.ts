import {
  type ArgumentNode,
  type DocumentNode,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLError,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
  type ObjectFieldNode,
  type OperationDefinitionNode,
  separateOperations,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { forbidden, type Guarded, hasAnyScope, ruleOf } from './access-rules.ts';
import type { Caller } from './caller.ts';
import { canNameCustomers } from './customer-rules.ts';
import { addNamedCustomer, type NamedCustomers, namedCustomers, namesCustomer } from './named-customers.ts';

/** An operation that is about to be executed. */
export interface Operation {
  /** The document that contains it. */
  document: DocumentNode;
  operation: OperationDefinitionNode;
  variableValues?: Readonly<Record<string, unknown>> | null | undefined;
}

/** What an operation requires of its caller. */
interface Requirements {
  fields: Guarded[];
  customers: NamedCustomers;
}

/** Checks whole operations against the access rules before they are executed. Each document is analyzed once. */
export class OperationAccess {
  readonly #schema: GraphQLSchema;
  readonly #requirements = new WeakMap<OperationDefinitionNode, Requirements>();

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  /** @returns the error for all that the caller may not do; null if it may execute the operation */
  check(
    { document, operation, variableValues }: Operation,
    caller: Pick<Caller, 'scopes' | 'customer'>,
  ): GraphQLError | null {
    const { fields, customers } = this.#requirements.get(operation) ?? this.#analyze(document, operation);
    const denied = fields.filter(({ scopes }) => !hasAnyScope(caller, scopes));
    // A caller that is bound to a customer may name that one, which the resolver checks.
    if (!canNameCustomers(caller) && namesCustomer(customers, variableValues ?? {})) {
      denied.push({ name: 'customerId', scopes: ['customers'] });
    }
    return denied.length > 0 ? forbidden(denied) : null;
  }

  #analyze(document: DocumentNode, operation: OperationDefinitionNode): Requirements {
    const requirements: Requirements = { fields: [], customers: namedCustomers(this.#schema, operation) };
    const types = new TypeInfo(this.#schema);
    const enterField = ({ name }: FieldNode) => {
      const parent = types.getParentType();
      const scopes = parent ? ruleOf(parent.name, interfacesOf(parent), name.value) : undefined;
      if (parent && scopes && scopes.length > 0) {
        requirements.fields.push({ name: `${parent.name}.${name.value}`, scopes });
      }
    };
    const enterInput = (node: ArgumentNode | ObjectFieldNode) => {
      // Keys inside a scalar, such as a coupon's metadata, have no input type and name no customer.
      if (types.getInputType()) addNamedCustomer(requirements.customers, node, operation);
    };
    const withItsFragments = separateOperations(document)[operation.name?.value ?? ''] ?? document;
    const visitor = {
      Field: { enter: enterField },
      Argument: { enter: enterInput },
      ObjectField: { enter: enterInput },
    };
    visit(withItsFragments, visitWithTypeInfo(types, visitor));
    this.#requirements.set(operation, requirements);
    return requirements;
  }
}

function interfacesOf(type: GraphQLCompositeType): string[] {
  return isObjectType(type) || isInterfaceType(type) ? type.getInterfaces().map(({ name }) => name) : [];
}
