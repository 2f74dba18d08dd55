import type { Pair } from './engines/engine.ts';

/**
 * Each pair once, in an order that does not depend on theirs: two transactions that lock the rows of their pairs never
 * wait for each other. Commands of one batch may share pairs.
 */
export function distinctPairs(pairs: readonly Pair[]): Pair[] {
  const byText = new Map(pairs.map((pair) => [JSON.stringify(pair), pair]));
  return [...byText].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, pair]) => pair);
}
