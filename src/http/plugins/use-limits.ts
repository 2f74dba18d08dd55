import { maxAliasesPlugin } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthPlugin } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesPlugin } from '@escape.tech/graphql-armor-max-directives';
import {
  type ASTVisitor,
  GraphQLError,
  NoSchemaIntrospectionCustomRule,
  parse,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Config } from '../../config/config.ts';
import { schema } from '../../graphql/schema.ts';
import { useDocumentLength } from '../documents/use-document-length.ts';
import { useNoSuggestions } from '../errors/use-no-suggestions.ts';

/** Enforces the limits on documents, the cheapest checks first. */
export function useLimits(limits: Config['limits']): Plugin[] {
  const { depth, aliases, directives, tokens } = limits;
  return [
    useDocumentLength(limits.documentCharacters),
    useTokenLimit(tokens),
    maxDepthPlugin({ n: depth, flattenFragments: true, ignoreIntrospection: false, ...AS_VALIDATION_ERROR }),
    maxAliasesPlugin({ n: aliases, allowList: [], ...AS_VALIDATION_ERROR }),
    maxDirectivesPlugin({ n: directives, ...AS_VALIDATION_ERROR }),
    ...(limits.introspection ? [] : [useRule(NoSchemaIntrospectionCustomRule), useNoSuggestions()]),
    ...(limits.subgraphSdl ? [] : [useRule(noSubgraphSdl)]),
  ];
}

/** The armor plugins throw by default, which Yoga answers with 200. A reported error is answered as a client's mistake. */
const AS_VALIDATION_ERROR = {
  propagateOnRejection: false,
  onReject: [(context: ValidationContext | null, error: GraphQLError) => context?.reportError(error)],
};

/**
 * Limits the tokens of a document with graphql-js's own option. Armor's max-tokens plugin does the same through a Proxy
 * around the lexer, and takes three to four times as long to parse a document.
 */
function useTokenLimit(maxTokens: number): Plugin {
  return {
    onParse: ({ setParseFn }) => setParseFn((source, options) => parse(source, { ...options, maxTokens })),
  };
}

function useRule(rule: ValidationRule): Plugin {
  return { onValidate: ({ addValidationRule }) => addValidationRule(rule) };
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
