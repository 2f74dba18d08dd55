import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesRule } from '@escape.tech/graphql-armor-max-directives';
import {
  type ASTVisitor,
  GraphQLError,
  NoSchemaIntrospectionCustomRule,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import type { Config } from '../../config/config.ts';
import { schema } from '../../graphql/schema.ts';
import { unconditionalRoot } from '../subscriptions/unconditional-root.ts';

/** The rules for documents besides those of the specification. */
export function documentRules(
  limits: Pick<Config['limits'], 'depth' | 'aliases' | 'directives' | 'introspection' | 'subgraphSdl'>,
): ValidationRule[] {
  const { depth, aliases, directives, introspection, subgraphSdl } = limits;
  return [
    maxDepthRule({ n: depth, flattenFragments: true, ignoreIntrospection: false, ...asValidationError('MAX_DEPTH') }),
    maxAliasesRule({ n: aliases, allowList: [], ...asValidationError('MAX_ALIASES') }),
    maxDirectivesRule({ n: directives, ...asValidationError('MAX_DIRECTIVES') }),
    ...(introspection ? [] : [NoSchemaIntrospectionCustomRule]),
    ...(subgraphSdl ? [] : [noSubgraphSdl]),
    unconditionalRoot,
  ];
}

/**
 * The armor rules throw by default, which Yoga answers with 200. A reported error is answered as a client's mistake.
 * @param setting the limit, which the error names: behind a router, a client does not see all of the operation
 */
function asValidationError(setting: string) {
  const report = (context: ValidationContext | null, { message }: GraphQLError) => {
    // The rules call their error a syntax error.
    const fault = message.replace(/^Syntax Error: /, '').replace(/\.$/, '');
    context?.reportError(new GraphQLError(`${fault} (${setting})`));
  };
  return { propagateOnRejection: false, onReject: [report] };
}

/** Rejects `_service`, which reveals the schema just as introspection does. */
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
