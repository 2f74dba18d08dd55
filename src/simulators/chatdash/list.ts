import { noSuch, type StripeRefuse } from '../stripe/errors.ts';
import { stripeParameters } from '../stripe/requests/stripe-parameters.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 100;

/**
 * A page of a list. The cursor is the id of the last item of the page before.
 * @throws {Refusal} with Stripe's text
 */
export function listPage<Item extends { id: string }>(
  items: Item[],
  query: URLSearchParams,
  { itemName, refuse }: { itemName: string; refuse: StripeRefuse },
): { data: Item[]; has_more: boolean; next_cursor: string | null } {
  const parameters = stripeParameters(Object.fromEntries(query), refuse);
  const limit = parameters.integer('limit', { max: MAX_LIMIT }) ?? DEFAULT_LIMIT;
  const cursor = parameters.text('starting_after');
  const last = items.findIndex(({ id }) => id === cursor);
  if (cursor !== null && last < 0) throw noSuch(refuse, itemName, cursor);
  const data = items.slice(last + 1, last + 1 + limit);
  const has_more = last + 1 + limit < items.length;
  return { data, has_more, next_cursor: has_more ? (data.at(-1)?.id ?? null) : null };
}
