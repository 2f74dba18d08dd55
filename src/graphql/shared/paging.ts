import { decodeCursor, encodeCursor, type ListPage, type PageSlice, type Position } from '../../store/lists/cursor.ts';
import type { RowCount } from '../../store/lists/look-through.ts';
import { InputError } from './input-error.ts';
import { isGiven } from './inputs.ts';

const DEFAULT_SIZE = 50;
const MAX_SIZE = 100;

/** The arguments of a list, as Relay names them. */
export interface PagingArguments {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
}

/** Where a list comes from: a read of some rows, and how many there are. */
export interface PagedSource<Row> {
  sort: string;
  read(slice: PageSlice): Promise<ListPage<Row>>;
  count(): Promise<RowCount>;
}

/**
 * A page of a list. One that gave up looking for more has the place that it reached at its far end, from where the next
 * page goes on.
 * @throws {InputError} for a size above 100, both sizes, or a cursor that is not of this list
 */
export async function pageOf<Row, Node>(
  paging: PagingArguments,
  source: PagedSource<Row>,
  toNodes: (rows: Row[]) => Node[],
) {
  const slice = sliceOf(paging, source.sort);
  // One row more than asked for tells whether there is more.
  const { entries, reached } = await source.read({ ...slice, limit: slice.limit + 1 });
  const hasMore = reached !== null || entries.length > slice.limit;
  const shown = entries.slice(0, slice.limit);
  const farEnd = reached && encodeCursor(reached);
  if (slice.backwards) shown.reverse();
  let counted: Promise<RowCount> | undefined;
  const cursors = shown.map(({ position }) => encodeCursor(position));
  const [start = null, end = null] = [cursors[0], cursors.at(-1)];
  return {
    edges: toNodes(shown.map(({ row }) => row)).map((node, index) => ({ node, cursor: cursors[index] ?? '' })),
    pageInfo: {
      hasNextPage: slice.backwards ? slice.before !== undefined : hasMore,
      hasPreviousPage: slice.backwards ? hasMore : slice.after !== undefined,
      startCursor: slice.backwards ? (farEnd ?? start) : start,
      endCursor: slice.backwards ? end : (farEnd ?? end),
    },
    count: () => {
      counted ??= source.count();
      return counted;
    },
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

function paging(name: string, message: string): InputError {
  return new InputError([{ path: [name], message }]);
}
