import { decodeCursor, encodeCursor, type PageSlice, type Position } from '../store/cursor.ts';
import { InputError } from './input-error.ts';

const DEFAULT_SIZE = 50;
const MAX_SIZE = 100;

/** The arguments of a list, as Relay names them. */
export interface PagingArguments {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
}

/** Where a list comes from: a read of some rows, where a row stands, and how many there are. */
export interface PagedSource<Row> {
  sort: string;
  read(slice: PageSlice): Row[];
  position(row: Row): Position;
  count(): number;
}

/**
 * A page of a list.
 * @throws {InputError} for a size above 100, both sizes, or a cursor that is not of this list
 */
export function pageOf<Row, Node>(paging: PagingArguments, source: PagedSource<Row>, toNodes: (rows: Row[]) => Node[]) {
  const slice = sliceOf(paging, source.sort);
  // One row more than asked for tells whether there is more.
  const found = source.read({ ...slice, limit: slice.limit + 1 });
  const hasMore = found.length > slice.limit;
  const rows = found.slice(0, slice.limit);
  if (slice.backwards) rows.reverse();
  const cursors = rows.map((row) => encodeCursor(source.position(row)));
  return {
    edges: toNodes(rows).map((node, index) => ({ node, cursor: cursors[index] ?? '' })),
    pageInfo: {
      hasNextPage: slice.backwards ? slice.before !== undefined : hasMore,
      hasPreviousPage: slice.backwards ? hasMore : slice.after !== undefined,
      startCursor: cursors[0] ?? null,
      endCursor: cursors.at(-1) ?? null,
    },
    totalCount: () => source.count(),
  };
}

function sliceOf({ first, last, after, before }: PagingArguments, sort: string): PageSlice {
  if (isGiven(first) && isGiven(last)) throw paging('last', 'must not be given together with first');
  return {
    limit: sizeOf('first', first) ?? sizeOf('last', last) ?? DEFAULT_SIZE,
    backwards: isGiven(last),
    ...(isGiven(after) && { after: positionOf('after', after, sort) }),
    ...(isGiven(before) && { before: positionOf('before', before, sort) }),
  };
}

function sizeOf(name: string, size: number | null | undefined): number | undefined {
  if (!isGiven(size)) return undefined;
  if (size < 0 || size > MAX_SIZE) throw paging(name, `must be from 0 to ${MAX_SIZE}`);
  return size;
}

function positionOf(name: string, cursor: string, sort: string): Position {
  const position = decodeCursor(cursor, sort);
  if (!position) throw paging(name, 'is not a cursor of this list in this order');
  return position;
}

function isGiven<Value>(value: Value | null | undefined): value is Value {
  return value !== null && value !== undefined;
}

function paging(name: string, message: string): InputError {
  return new InputError([{ path: [name], message }]);
}
