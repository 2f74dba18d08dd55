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
    maxDepthRule({ n: depth, flattenFragments: true, ignoreIntrospection: false, ...AS_VALIDATION_ERROR }),
    maxAliasesRule({ n: aliases, allowList: [], ...AS_VALIDATION_ERROR }),
    maxDirectivesRule({ n: directives, ...AS_VALIDATION_ERROR }),
    ...(introspection ? [] : [NoSchemaIntrospectionCustomRule]),
    ...(subgraphSdl ? [] : [noSubgraphSdl]),
    unconditionalRoot,
  ];
}

/** The armor rules throw by default, which Yoga answers with 200. A reported error is answered as a client's mistake. */
const AS_VALIDATION_ERROR = {
  propagateOnRejection: false,
  onReject: [(context: ValidationContext | null, error: GraphQLError) => context?.reportError(error)],
};

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
