import { maxAliasesPlugin } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthPlugin } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesPlugin } from '@escape.tech/graphql-armor-max-directives';
import {
  type ASTVisitor,
  type DocumentNode,
  GraphQLError,
  getOperationAST,
  Kind,
  NoSchemaIntrospectionCustomRule,
  type OperationDefinitionNode,
  parse,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Config } from '../../config/config.ts';
import { operationCost } from '../../graphql/cost/operation-cost.ts';
import { publishedCosts } from '../../graphql/cost/published-costs.ts';
import { schema } from '../../graphql/schema.ts';
import { useDocumentLength } from '../documents/use-document-length.ts';
import { useNoSuggestions } from '../errors/use-no-suggestions.ts';

/** Holds every request to these limits, the cheap ones to tell first. */
export function useLimits(limits: Config['limits']): Plugin[] {
  const { depth, aliases, directives, tokens } = limits;
  return [
    useDocumentLength(limits.documentCharacters),
    maxTokensPlugin(tokens),
    maxDepthPlugin({ n: depth, flattenFragments: true, ignoreIntrospection: false, ...AS_VALIDATION }),
    maxAliasesPlugin({ n: aliases, allowList: [], ...AS_VALIDATION }),
    maxDirectivesPlugin({ n: directives, ...AS_VALIDATION }),
    useCostLimit(limits.cost, limits.subscriptions.cost),
    ...(limits.introspection ? [] : [withRule(NoSchemaIntrospectionCustomRule), useNoSuggestions()]),
    ...(limits.subgraphSdl ? [] : [withRule(noSubgraphSdl)]),
  ];
}

/** What is thrown while an operation is validated would be answered with 200; what is reported is a client's mistake. */
const AS_VALIDATION = {
  propagateOnRejection: false,
  onReject: [(context: ValidationContext | null, error: GraphQLError) => context?.reportError(error)],
};

function maxTokensPlugin(maxTokens: number): Plugin {
  return {
    onParse: ({ setParseFn }) => setParseFn((source, options) => parse(source, { ...options, maxTokens })),
  };
}

function withRule(rule: ValidationRule): Plugin {
  return { onValidate: ({ addValidationRule }) => addValidationRule(rule) };
}

/** Refuses `_service`, which shows the schema as introspection does. */
function noSubgraphSdl(context: ValidationContext): ASTVisitor {
  return {
    Field(node) {
      if (node.name.value !== '_service' || context.getParentType() !== schema.getQueryType()) return;
      context.reportError(
        new GraphQLError('The SDL of the subgraph has been disabled (SUBGRAPH_SDL)', { nodes: node }),
      );
    },
  };
}

/** A query or mutation is paid for once, a subscription with each event. */
function useCostLimit(mostOnce: number, mostPerEvent: number): Plugin {
  const costs = publishedCosts(schema);
  /** What costs the same whatever its variables are, and is not too much. */
  const accepted = new WeakSet<OperationDefinitionNode>();
  const check = ({ args }: { args: { document: DocumentNode; operationName?: unknown; variableValues?: unknown } }) => {
    const name = typeof args.operationName === 'string' ? args.operationName : undefined;
    const operation = getOperationAST(args.document, name);
    if (!operation || accepted.has(operation)) return;
    const fragments = new Map(
      args.document.definitions.flatMap((one) =>
        one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one]] : [],
      ),
    );
    const limit = operation.operation === 'subscription' ? Math.min(mostOnce, mostPerEvent) : mostOnce;
    const asked = { operation, fragments, variables: variablesOf(args.variableValues) };
    if (operationCost(schema, costs, asked, limit).isFixed) accepted.add(operation);
  };
  return { onExecute: check, onSubscribe: check };
}

function variablesOf(values: unknown): Record<string, unknown> {
  return typeof values === 'object' && values !== null ? { ...values } : {};
}
