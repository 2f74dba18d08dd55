import SchemaBuilder, { BasePlugin, type PothosOutputFieldConfig, type SchemaTypes } from '@pothos/core';
import {
  type ArgumentNode,
  type DocumentNode,
  type FieldNode,
  type GraphQLCompositeType,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  isInterfaceType,
  isObjectType,
  type ObjectFieldNode,
  type OperationDefinitionNode,
  separateOperations,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { Caller, Scope } from './caller.ts';
import { addCustomer, type CustomerPlaces, customerPlaces, namesCustomer } from './named-customer.ts';

/** Any one of them is enough; none: every caller that is known. */
type Rule = readonly Scope[];

const READ: Rule = ['read'];
const REDEEM: Rule = ['redeem'];
const MANAGE: Rule = ['manage'];

/**
 * Who may ask for what: the one place where it says so. Each field of a root type has a rule, or the schema is not made.
 * What is below is reached through them; it has a rule where it tells more than the root field's rule is for.
 */
export const RULES: Record<string, Record<string, Rule>> = {
  Query: {
    promoCode: READ,
    promoCodeByCode: READ,
    promoCodeByProviderId: READ,
    promoCodes: READ,
    coupon: READ,
    couponByProviderId: READ,
    coupons: READ,
    redemption: READ,
    redemptions: READ,
    node: READ,
    nodes: READ,
    _entities: READ,
    quotePromoCode: ['quote'],
    failedAttempts: ['operate'],
    providers: ['read', 'manage', 'operate'],
    _service: [],
  },
  Mutation: {
    redeemPromoCode: REDEEM,
    holdPromoCode: REDEEM,
    confirmRedemption: REDEEM,
    cancelRedemption: REDEEM,
    // It passes a code's conditions by.
    redeemCoupon: MANAGE,
    createCoupon: MANAGE,
    updateCoupon: MANAGE,
    archiveCoupon: MANAGE,
    createPromoCode: MANAGE,
    updatePromoCode: MANAGE,
    forgetFailedAttempts: ['operate'],
  },
  Subscription: {
    redemptionChanged: READ,
    promoCodeChanged: READ,
  },
  // Who uses a code is shown the promotion, not who else has used it or what its owner notes of it.
  Redeemable: {
    redemptions: READ,
    metadata: ['read', 'manage'],
  },
  // Nor which other codes have the same terms.
  Coupon: { promoCodes: READ },
};

const ROOTS = ['Query', 'Mutation', 'Subscription'];

/** What a caller would need one of to ask for a field. */
interface Needed {
  field: string;
  scopes: Rule;
}

/** What an operation asks for that not every caller may. */
interface Found {
  needed: Needed[];
  customers: CustomerPlaces;
}

/** Finds what in an operation its caller may not ask for. An operation is looked through once. */
export class OperationRules {
  readonly #schema: GraphQLSchema;
  readonly #known = new WeakMap<OperationDefinitionNode, Found>();

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  /** What to answer where the caller may not ask for everything in the operation; null where it may. */
  refusal(
    { document, operationName, variableValues }: Operation,
    { scopes, customer }: Pick<Caller, 'scopes' | 'customer'>,
  ): GraphQLError | null {
    const operation = getOperationAST(document, operationName);
    if (!operation) return null;
    const { needed, customers } = this.#known.get(operation) ?? this.#find(document, operation);
    const missing = needed.find((one) => !one.scopes.some((scope) => scopes.has(scope)));
    if (missing) return forbidden(missing.field, missing.scopes);
    // The resolver compares what the token's own customer is named as.
    const mayName = customer !== null || scopes.has('customers');
    return mayName || !namesCustomer(customers, variableValues ?? {}) ? null : forbidden('customerId', ['customers']);
  }

  #find(document: DocumentNode, operation: OperationDefinitionNode): Found {
    const found: Found = { needed: [], customers: customerPlaces(this.#schema, operation) };
    const types = new TypeInfo(this.#schema);
    const enterField = ({ name }: FieldNode) => {
      const parent = types.getParentType();
      const scopes = parent ? ruleOf(parent, name.value) : undefined;
      if (parent && scopes && scopes.length > 0) found.needed.push({ field: `${parent.name}.${name.value}`, scopes });
    };
    const enterInput = (node: ArgumentNode | ObjectFieldNode) => {
      // Within a scalar, such as the notes of a coupon, it is no input of ours.
      if (types.getInputType()) addCustomer(found.customers, node, operation);
    };
    const withItsFragments = separateOperations(document)[operation.name?.value ?? ''] ?? document;
    const visitor = {
      Field: { enter: enterField },
      Argument: { enter: enterInput },
      ObjectField: { enter: enterInput },
    };
    visit(withItsFragments, visitWithTypeInfo(types, visitor));
    this.#known.set(operation, found);
    return found;
  }
}

interface Operation {
  document: DocumentNode;
  operationName?: string | null | undefined;
  variableValues?: Readonly<Record<string, unknown>> | null | undefined;
}

/** A field that its caller may not ask for (RFC 6750, 3.1). */
export function forbidden(field: string, scopes: readonly string[]): GraphQLError {
  const headers = { 'www-authenticate': `Bearer error="insufficient_scope", scope="${scopes.join(' ')}"` };
  return new GraphQLError(`${field} needs the scope ${scopes.join(' or ')}`, {
    extensions: { code: 'FORBIDDEN', http: { status: 403, headers } },
  });
}

/** The rule of a field, its interface's where it has none; undefined: none is needed. */
function ruleOf(type: GraphQLCompositeType, field: string): Rule | undefined {
  const interfaces = isObjectType(type) || isInterfaceType(type) ? type.getInterfaces() : [];
  return [type, ...interfaces].map(({ name }) => RULES[name]?.[field]).find((rule) => rule !== undefined);
}

/** Gives each field its rule, for plugin-scope-auth to hold callers to, and says it in the field's description. */
class AccessRulesPlugin extends BasePlugin<SchemaTypes> {
  override onOutputFieldConfig(config: PothosOutputFieldConfig<SchemaTypes>): PothosOutputFieldConfig<SchemaTypes> {
    const { parentType, declaringType = parentType, name, description, pothosOptions } = config;
    // The types of an interface get its fields, and with them their rules.
    const rule = RULES[parentType]?.[name] ?? RULES[declaringType]?.[name];
    if (!rule) {
      if (!ROOTS.includes(parentType)) return config;
      throw new Error(`${parentType}.${name} has no rule in graphql/access.ts`);
    }
    if (rule.length === 0) return config;
    const needs = `Needs the scope ${rule.map((scope) => `\`${scope}\``).join(' or ')}.`;
    Object.assign(pothosOptions, { authScopes: { anyOf: rule } });
    return { ...config, description: [description, needs].filter(Boolean).join(' ') };
  }
}

export const ACCESS_RULES = 'accessRules';
SchemaBuilder.registerPlugin(ACCESS_RULES, AccessRulesPlugin);

declare global {
  namespace PothosSchemaTypes {
    interface Plugins<Types extends SchemaTypes> {
      accessRules: AccessRulesPlugin;
    }
  }
}
