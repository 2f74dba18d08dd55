import { type DocumentNode, getOperationAST, Kind, type OperationDefinitionNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { operationCost } from '../../graphql/cost/operation-cost.ts';
import { publishedCosts } from '../../graphql/cost/published-costs.ts';
import { schema } from '../../graphql/schema.ts';

interface ExecutionArgs {
  document: DocumentNode;
  operationName?: unknown;
  variableValues?: unknown;
}

/**
 * Rejects operations above a cost, by the published weights.
 * @param maxCost the limit of a query or mutation
 * @param maxCostPerEvent the limit of a subscription, which is executed for each event
 */
export function useCostLimit(maxCost: number, maxCostPerEvent: number): Plugin {
  const costs = publishedCosts(schema);
  /** Accepted operations whose cost does not depend on their variables. */
  const accepted = new WeakSet<OperationDefinitionNode>();
  const check = ({ args }: { args: ExecutionArgs }) => {
    const name = typeof args.operationName === 'string' ? args.operationName : undefined;
    const operation = getOperationAST(args.document, name);
    if (!operation || accepted.has(operation)) return;
    const fragments = new Map(
      args.document.definitions.flatMap((definition) =>
        definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [],
      ),
    );
    const limit = operation.operation === 'subscription' ? Math.min(maxCost, maxCostPerEvent) : maxCost;
    const measured = { operation, fragments, variables: variablesOf(args.variableValues) };
    if (operationCost(schema, costs, measured, limit).isFixed) accepted.add(operation);
  };
  return { onExecute: check, onSubscribe: check };
}

function variablesOf(values: unknown): Record<string, unknown> {
  return typeof values === 'object' && values !== null ? { ...values } : {};
}
