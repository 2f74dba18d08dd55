import type { Refuse } from '../errors.ts';
import { GoTime } from '../go-json.ts';
import { byAge, checkPage, DEFAULT_LIMIT, queryInteger } from '../paging.ts';
import { type AssociationDocument, isActive } from './association.ts';

const MAX_IDS = 100;
const EXPANDABLE = ['coupon', 'subscription_line_items', 'subscription_line_items.prices'];
/** Any of these parameters without `limit` makes the list unlimited. */
const LIMIT_REMOVING = ['expand', 'offset', 'order', 'status'];
const FILTERED = ['subscription_ids', 'coupon_ids', 'subscription_line_item_ids', 'subscription_phase_ids'] as const;

/**
 * A page of associations. Unlike in the list of coupons, `offset` in the answer is that of the next page.
 * @throws {Refusal} 400
 */
export function listAssociations(
  associations: AssociationDocument[],
  query: URLSearchParams,
  { refuse, now }: { refuse: Refuse; now: number },
): { items: AssociationDocument[]; pagination: { total: number; limit: number; offset: number } } {
  checkExpand(query, refuse);
  const terms = {
    limit: queryInteger(query, 'limit', refuse),
    offset: queryInteger(query, 'offset', refuse),
    order: query.get('order') ?? '',
  };
  checkPage(terms, refuse);
  const conditions = conditionsOf(query, { refuse, now });
  const isUnlimited = terms.limit === null && LIMIT_REMOVING.some((name) => query.has(name));
  const limit = isUnlimited ? 0 : terms.limit || DEFAULT_LIMIT;
  const offset = terms.offset ?? 0;
  const found = byAge(associations, terms.order).filter((one) => conditions.every((condition) => condition(one)));
  return {
    items: found.slice(offset, isUnlimited ? undefined : offset + limit),
    pagination: { total: found.length, limit, offset: offset + limit },
  };
}

type Condition = (association: AssociationDocument) => boolean;

function conditionsOf(query: URLSearchParams, { refuse, now }: { refuse: Refuse; now: number }): Condition[] {
  const conditions: Condition[] = FILTERED.map((name) => idCondition(query.getAll(name), name, refuse));
  if (!['', 'published'].includes(query.get('status') ?? '')) conditions.push(() => false);
  if (isTrue(query.get('active_only'), refuse)) {
    const period = {
      start: queryTime(query, 'period_start', refuse) ?? now,
      end: queryTime(query, 'period_end', refuse) ?? now,
    };
    conditions.push((association) => isActive(association, period));
  }
  return conditions;
}

function idCondition(ids: string[], name: (typeof FILTERED)[number], refuse: Refuse): Condition {
  if (ids.length > MAX_IDS) throw refuse('validation_error');
  if (ids.length === 0) return () => true;
  // Flexprice reads repeated parameters only. "a,b" is a single id, which no object has.
  const wanted = new Set(ids);
  return (association) =>
    wanted.has(
      {
        subscription_ids: association.subscription_id,
        coupon_ids: association.coupon_id,
        subscription_line_item_ids: association.subscription_line_item_id,
        // Phases are created with a subscription. The simulator creates no subscriptions.
        subscription_phase_ids: '',
      }[name],
    );
}

function checkExpand(query: URLSearchParams, refuse: Refuse): void {
  const fields = (query.get('expand') ?? '').split(',').filter((field) => field !== '');
  const unknown = fields.find((field) => !EXPANDABLE.includes(field));
  if (unknown !== undefined) {
    throw refuse('validation_error', 'Field is not allowed to be expanded', { field: unknown });
  }
}

function isTrue(text: string | null, refuse: Refuse): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text ?? '')) return true;
  if (['', '0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text ?? '')) return false;
  throw refuse('validation_error', 'Invalid request format');
}

function queryTime(query: URLSearchParams, name: string, refuse: Refuse): number | null {
  const { success, data } = GoTime.safeParse(query.get(name));
  if (!success) throw refuse('validation_error', 'Invalid request format');
  return data;
}
