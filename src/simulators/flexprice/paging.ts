import type { Refuse } from './errors.ts';

export const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1000;

export interface PageTerms {
  limit: number | null;
  offset: number | null;
  /** Of creation; empty: newest first. */
  order: string;
}

/** @throws Refusal 400, which has no hint, only details */
export function checkPage({ limit, offset, order }: PageTerms, refuse: Refuse): void {
  const invalid = (details: Record<string, string>) => refuse('validation_error', undefined, details);
  if (limit !== null && limit !== 0 && (limit < 1 || limit > MAX_LIMIT)) {
    throw invalid({ limit: `must be between 1 and ${MAX_LIMIT}` });
  }
  if (offset !== null && offset < 0) throw invalid({ offset: 'must not be negative' });
  if (!['', 'asc', 'desc'].includes(order)) throw invalid({ order: 'must be asc or desc' });
}

/** Newest first, or oldest first for "asc"; what is equally old keeps that direction. */
export function byAge<Item extends { created_at: number }>(oldestFirst: Item[], order: string): Item[] {
  const sorted = oldestFirst.toSorted((a, b) => a.created_at - b.created_at);
  return order === 'asc' ? sorted : sorted.reverse();
}

/** The integer in a query parameter, null where it is absent or empty. @throws Refusal 400 */
export function queryInteger(query: URLSearchParams, name: string, refuse: Refuse): number | null {
  const text = query.get(name) ?? '';
  if (text === '') return null;
  if (!/^[+-]?\d+$/.test(text)) throw refuse('validation_error', 'Invalid request format');
  return Number(text);
}
