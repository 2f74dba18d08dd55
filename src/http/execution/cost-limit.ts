import type { OperationDefinitionNode } from 'graphql';
import { operationCost } from '../../graphql/cost/operation-cost.ts';
import { publishedCosts } from '../../graphql/cost/published-costs.ts';
import { schema } from '../../graphql/schema.ts';
import type { OperationFacts } from './operation-facts.ts';

/** Rejects operations above a cost, by the published weights. */
export class CostLimit {
  readonly #costs = publishedCosts(schema);
  readonly #maxCost: number;
  readonly #maxCostPerEvent: number;
  /** Accepted operations whose cost does not depend on their variables. */
  readonly #accepted = new WeakSet<OperationDefinitionNode>();

  /**
   * @param maxCost the limit of a query or mutation
   * @param maxCostPerEvent the limit of a subscription, which is executed for each event
   */
  constructor(maxCost: number, maxCostPerEvent: number) {
    this.#maxCost = maxCost;
    this.#maxCostPerEvent = Math.min(maxCost, maxCostPerEvent);
  }

  /** @throws {TooExpensiveError} */
  check({ operation, fragments }: OperationFacts, variables: unknown): void {
    if (this.#accepted.has(operation)) return;
    const limit = operation.operation === 'subscription' ? this.#maxCostPerEvent : this.#maxCost;
    const measured = { operation, fragments, variables: variablesOf(variables) };
    if (operationCost(schema, this.#costs, measured, limit).isFixed) this.#accepted.add(operation);
  }
}

function variablesOf(values: unknown): Record<string, unknown> {
  return typeof values === 'object' && values !== null ? { ...values } : {};
}
