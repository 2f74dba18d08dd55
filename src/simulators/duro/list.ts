import type { Refuse } from './errors.ts';
import type { DuroSwitches } from './switches.ts';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;

/**
 * A page of a list (source of the shape: Duro's pagination page). The cursor is the id of the last item of the page before. An
 * empty cursor means the first page.
 * @throws {Refusal} 422
 */
export function listPage<Item extends { id: string }>(
  items: Item[],
  query: URLSearchParams,
  { switches, refuse }: { switches: DuroSwitches; refuse: Refuse },
): { items: Item[]; nextCursor: string | null; hasMore: boolean } {
  const limit = pageLimit(query.get('limit'), switches, refuse);
  const start = startIndex(items, query.get('cursor') ?? '', refuse);
  const page = items.slice(start, start + limit);
  const hasMore = start + limit < items.length;
  return { items: page, nextCursor: hasMore ? (page.at(-1)?.id ?? null) : null, hasMore };
}

function pageLimit(text: string | null, { limitAbove100 }: DuroSwitches, refuse: Refuse): number {
  const limit = text === null ? DEFAULT_LIMIT : Number(text);
  if (!Number.isInteger(limit) || limit < 1 || (limit > MAX_LIMIT && limitAbove100 === 'refused')) {
    throw refuse(422, [{ path: 'limit', issue: `must be an integer from 1 to ${MAX_LIMIT}` }]);
  }
  return Math.min(limit, MAX_LIMIT);
}

function startIndex(items: Array<{ id: string }>, cursor: string, refuse: Refuse): number {
  const last = items.findIndex(({ id }) => id === cursor);
  if (last < 0 && cursor !== '') throw refuse(422, [{ path: 'cursor', issue: 'is not a cursor of this list' }]);
  return last + 1;
}
