import type { Refuse } from './errors.ts';

export const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1000;

/** The paging parameters of a request. */
export interface PageTerms {
  limit: number | null;
  offset: number | null;
  /** "asc" or "desc" by creation time; empty: newest first. */
  order: string;
}

/** Checks the paging parameters. @throws {Refusal} 400, with details but no hint */
export function checkPage({ limit, offset, order }: PageTerms, refuse: Refuse): void {
  const invalid = (details: Record<string, string>) => refuse('validation_error', undefined, details);
  if (limit !== null && limit !== 0 && (limit < 1 || limit > MAX_LIMIT)) {
    throw invalid({ limit: `must be between 1 and ${MAX_LIMIT}` });
  }
  if (offset !== null && offset < 0) throw invalid({ offset: 'must not be negative' });
  if (!['', 'asc', 'desc'].includes(order)) throw invalid({ order: 'must be asc or desc' });
}

/** Sorts newest first, or oldest first for "asc". The direction also applies to items of the same age. */
export function byAge<Item extends { created_at: number }>(oldestFirst: Item[], order: string): Item[] {
  const sorted = oldestFirst.toSorted((a, b) => a.created_at - b.created_at);
  return order === 'asc' ? sorted : sorted.reverse();
}

/** Reads an integer from a query parameter; null if it is absent or empty. @throws {Refusal} 400 */
export function queryInteger(query: URLSearchParams, name: string, refuse: Refuse): number | null {
  const text = query.get(name) ?? '';
  if (text === '') return null;
  if (!/^[+-]?\d+$/.test(text)) throw refuse('validation_error', 'Invalid request format');
  return Number(text);
}
