import type { ObjectRef } from '@pothos/core';
import type { InputIssueCode } from '../../domain/redemption/input-issue.ts';
import type { List, PageSlice, Position, RowCount } from '../../gateway/lists/paged-list.ts';
import { builder } from '../builder.ts';
import type { FederationDirectives, OPERATOR_AND_PERSONAL } from '../federation/directives.ts';
import { InputError } from './input-error.ts';
import { isGiven } from './input-values.ts';

const DEFAULT_SIZE = 50;
const MAX_SIZE = 100;

/** The arguments of a list, as Relay names them. */
export interface PagingArguments {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
}

/**
 * The connection and edge types of a list, in the order in which `t.connection` takes them.
 * @param rows what the list contains, in the plural
 * @param directives of both types
 */
export function connectionTypes<Shape>(
  type: ObjectRef<typeof builder.$inferSchemaTypes, Shape>,
  rows: string,
  directives: { tag?: FederationDirectives['tag']['args'] } | typeof OPERATOR_AND_PERSONAL = {},
) {
  const edge = builder.edgeObject({
    type,
    directives,
    name: `${type.name}Edge`,
    description: `A row of a list of ${rows}.`,
  });
  const connection = builder.connectionObject(
    { type, directives, name: `${type.name}Connection`, description: `A page of ${rows}.` },
    edge,
  );
  return [connection, edge] as const;
}

/**
 * A page of a list. If the search stopped before the page was full, the far end of the page is the place where it
 * stopped, so that the next page continues there.
 * @throws {InputError} for a size above 100, both sizes, or a cursor that is not of this list
 */
export async function connectionOf<Node>(list: List<Node>, paging: PagingArguments) {
  const slice = sliceOf(list, paging);
  const { entries, hasMore, stoppedAt } = await list.page(slice);
  if (slice.backwards) entries.reverse();
  const [start = null, end = null] = [entries[0]?.cursor, entries.at(-1)?.cursor];
  let counted: Promise<RowCount> | undefined;
  return {
    edges: entries.map((entry) => ({
      node: entry.item,
      get cursor() {
        return entry.cursor;
      },
    })),
    pageInfo: {
      hasNextPage: slice.backwards ? slice.before !== undefined : hasMore,
      hasPreviousPage: slice.backwards ? hasMore : slice.after !== undefined,
      startCursor: slice.backwards ? (stoppedAt ?? start) : start,
      endCursor: slice.backwards ? end : (stoppedAt ?? end),
    },
    count: () => {
      counted ??= list.count();
      return counted;
    },
  };
}

function sliceOf<Node>(list: List<Node>, { first, last, after, before }: PagingArguments): PageSlice {
  if (isGiven(first) && isGiven(last)) throw invalid('last', 'CONTRADICTION', 'must not be given together with first');
  return {
    limit: sizeOf('first', first) ?? sizeOf('last', last) ?? DEFAULT_SIZE,
    backwards: isGiven(last),
    ...(isGiven(after) && { after: positionOf(list, 'after', after) }),
    ...(isGiven(before) && { before: positionOf(list, 'before', before) }),
  };
}

function sizeOf(argument: string, size: number | null | undefined): number | undefined {
  if (!isGiven(size)) return undefined;
  if (size < 0 || size > MAX_SIZE) throw invalid(argument, 'OUT_OF_RANGE', `must be from 0 to ${MAX_SIZE}`);
  return size;
}

function positionOf<Node>(list: List<Node>, argument: string, cursor: string): Position {
  const position = list.positionOf(cursor);
  if (!position) throw invalid(argument, 'MALFORMED', 'is not a cursor of this list in this order');
  return position;
}

function invalid(argument: string, code: InputIssueCode, message: string): InputError {
  return new InputError([{ path: [argument], code, message }]);
}
