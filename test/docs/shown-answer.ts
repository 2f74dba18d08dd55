import type { Json } from '../support/start-gateway.ts';

/** Fields whose values differ from run to run. */
const IDS = new Set(['id', 'startCursor', 'endCursor', 'cursor', 'providerId', 'requestId']);
const DATE = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

/**
 * Compares an answer with the one that a page shows. Dates may differ, and so may ids: the real id of each shown one is
 * noted in `ids`.
 * @returns the path and the values of every difference
 */
export function differences(shown: Json, actual: Json, ids: Map<string, string>, path = 'answer'): string[] {
  if (isObject(shown) && isObject(actual)) {
    const keys = new Set([...Object.keys(shown), ...Object.keys(actual)]);
    return [...keys].flatMap((key) => {
      const here = `${path}.${key}`;
      if (IDS.has(key) && typeof shown[key] === 'string' && typeof actual[key] === 'string') {
        const known = ids.get(shown[key]);
        ids.set(shown[key], actual[key]);
        return known === undefined || known === actual[key] ? [] : [`${here}: shown as the id of another object`];
      }
      return differences(shown[key], actual[key], ids, here);
    });
  }
  if (isDate(shown) && isDate(actual)) return [];
  return shown === actual ? [] : [`${path}: shown ${JSON.stringify(shown)}, is ${JSON.stringify(actual)}`];
}

/** Puts the real ids into an operation or a command that has shown ones. */
export function withRealIds(text: string, ids: ReadonlyMap<string, string>): string {
  return [...ids].reduce((result, [shown, actual]) => result.replaceAll(shown, actual), text);
}

function isObject(value: Json): boolean {
  return typeof value === 'object' && value !== null;
}

function isDate(value: Json): boolean {
  return typeof value === 'string' && DATE.test(value);
}
