import { parsePromotionId } from '../../domain/promotion/identity.ts';

/**
 * The tags of an answer that shows these promotions: the type of each, and its type and id as `PromoCode:<id>`. A cache in
 * front of the gateway finds an answer by them when one of its promotions changes. Ids are safe in headers.
 */
export function cacheTagsOf(promotionIds: Iterable<string>): string[] {
  const tags = new Set<string>();
  for (const id of promotionIds) {
    const kind = parsePromotionId(id)?.kind;
    if (kind) tags.add(kind).add(`${kind}:${id}`);
  }
  return [...tags];
}
