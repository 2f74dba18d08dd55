import { noSuch, type StripeRefuse } from '../errors.ts';
import { ANY } from './known-parameters.ts';
import type { Parameters } from './stripe-parameters.ts';

const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 100;

/** The parameters of every list. */
export const LIST_PARAMETERS = {
  created: { gt: ANY, gte: ANY, lt: ANY, lte: ANY },
  ending_before: ANY,
  expand: ANY,
  limit: ANY,
  starting_after: ANY,
} as const;

/** A list as Stripe returns it. */
export interface List<Item> {
  object: 'list';
  data: Item[];
  has_more: boolean;
  /** The path of the list. */
  url: string;
}

/** What {@link listPage} needs besides the items and the parameters. */
interface ListContext<Item> {
  url: string;
  /** What Stripe calls the items, such as "promotion code". */
  noun: string;
  /** Whether an item passes the filters of the request. */
  isWanted?: (item: Item) => boolean;
  refuse: StripeRefuse;
}

/**
 * A page of a list. A cursor is the id of an item, which the page does not contain. The item need not pass the filters.
 * @param items newest first
 * @throws {Refusal} with Stripe's text
 */
export function listPage<Item extends { id: string; created: number }>(
  items: Item[],
  parameters: Parameters,
  { url, noun, isWanted = () => true, refuse }: ListContext<Item>,
): List<Item> {
  const limit = parameters.integer('limit', { max: MAX_LIMIT }) ?? DEFAULT_LIMIT;
  const isCreatedInTime = createdFilter(parameters);
  const wanted = (some: Item[]) => some.filter((item) => isCreatedInTime(item) && isWanted(item));
  const after = parameters.text('starting_after');
  const before = parameters.text('ending_before');
  if (after !== null && before !== null) {
    throw refuse('You may only specify one of these parameters: ending_before, starting_after.', {
      code: 'parameters_exclusive',
    });
  }
  const positionOf = (id: string, param: string) => {
    const position = items.findIndex((item) => item.id === id);
    if (position < 0) throw noSuch(refuse, noun, id, { param });
    return position;
  };
  if (before !== null) {
    const newer = wanted(items.slice(0, positionOf(before, 'ending_before')));
    return { object: 'list', data: newer.slice(-limit), has_more: newer.length > limit, url };
  }
  const older = wanted(after === null ? items : items.slice(positionOf(after, 'starting_after') + 1));
  return { object: 'list', data: older.slice(0, limit), has_more: older.length > limit, url };
}

/** Reads `created`: a time, or bounds of it. */
function createdFilter(parameters: Parameters): (item: { created: number }) => boolean {
  if (!parameters.has('created')) return () => true;
  if (parameters.isText('created')) {
    const time = parameters.integer('created');
    return ({ created }) => created === time;
  }
  const bounds = parameters.nested('created');
  const [gt, gte, lt, lte] = (['gt', 'gte', 'lt', 'lte'] as const).map((name) => bounds.integer(name));
  return ({ created }) =>
    created > (gt ?? -1) &&
    created >= (gte ?? 0) &&
    created < (lt ?? Number.POSITIVE_INFINITY) &&
    created <= (lte ?? Number.POSITIVE_INFINITY);
}
