import { decodeCursor, encodeCursor, type ListPage, type PageSlice, type Position } from '../../store/lists/cursor.ts';
import type { RowCount } from '../../store/lists/look-through.ts';

export { RowBudget } from '../../store/lists/look-through.ts';
export type { PageSlice, Position, RowCount };

/** An object of a list. Its cursor is computed when it is read: most clients ask for the first and the last one only. */
interface Entry<Item> {
  item: Item;
  readonly cursor: string;
}

/** One page of a list. */
export interface Page<Item> {
  entries: Entry<Item>[];
  hasMore: boolean;
  /** The cursor where the search stopped before the page was full; null: the page is full, or the list has ended. */
  stoppedAt: string | null;
}

/** The objects of one kind that a caller may see, in one order. */
export interface List<Item> {
  /** The position of a cursor; null: the text is not a cursor of this list in this order. */
  positionOf(cursor: string): Position | null;
  page(slice: PageSlice): Promise<Page<Item>>;
  count(): Promise<RowCount>;
}

/** Where the rows of a list come from. */
interface RowSource<Row, Item> {
  /** The name of the order, as cursors contain it. */
  sort: string;
  read(slice: PageSlice): Promise<ListPage<Row>>;
  count(): Promise<RowCount>;
  /** One item for each row. */
  toItems(rows: Row[]): Item[] | Promise<Item[]>;
}

/** A list that reads its rows from a source, a page at a time. */
export function listOf<Row, Item>({ sort, read, count, toItems }: RowSource<Row, Item>): List<Item> {
  return {
    positionOf: (cursor) => decodeCursor(cursor, sort),
    count,
    page: async (slice) => {
      // Reads one more row than the page has: it shows whether the list continues.
      const { entries, reached } = await read({ ...slice, limit: slice.limit + 1 });
      const shown = entries.slice(0, slice.limit);
      const items = await toItems(shown.map(({ row }) => row));
      return {
        entries: items.map((item, index) => entryAt(item, shown[index]?.position)),
        hasMore: reached !== null || entries.length > slice.limit,
        stoppedAt: reached && encodeCursor(reached),
      };
    },
  };
}

function entryAt<Item>(item: Item, position: Position | undefined): Entry<Item> {
  return {
    item,
    get cursor() {
      return position ? encodeCursor(position) : '';
    },
  };
}
