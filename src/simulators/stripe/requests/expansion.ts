import type { StripeRefuse } from '../errors.ts';
import type { Parameters } from './stripe-parameters.ts';

/** The paths of the properties that an answer shows whole, such as "promotion.coupon". */
export type Expansion = readonly string[];

const MAX_LEVELS = 4;

/**
 * Reads `expand`.
 * @param expandable all paths that the answer can expand
 * @throws {Refusal} for another path
 */
export function readExpansion(parameters: Parameters, expandable: Expansion, refuse: StripeRefuse): Expansion {
  const expansion = parameters.textList('expand');
  for (const path of expansion) {
    if (path.split('.').length > MAX_LEVELS) {
      throw refuse(`You cannot expand more than ${MAX_LEVELS} levels of a property (${path}).`, { param: 'expand' });
    }
    if (!expandable.includes(path)) throw refuse(`This property cannot be expanded (${path}).`, { param: 'expand' });
  }
  return expansion;
}

/** Whether the property is shown whole. A path expands all properties on its way. */
export function isExpanded(expansion: Expansion, property: string): boolean {
  return expansion.some((path) => path === property || path.startsWith(`${property}.`));
}

/** The paths within a property. */
export function expansionOf(expansion: Expansion, property: string): Expansion {
  const start = `${property}.`;
  return expansion.filter((path) => path.startsWith(start)).map((path) => path.slice(start.length));
}

/** The paths of an object as seen from an object that contains it in `property`. */
export function pathsThrough(property: string, paths: Expansion): Expansion {
  return paths.map((path) => `${property}.${path}`);
}
