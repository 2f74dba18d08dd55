import type { Config } from '../../config/config.ts';
import type { RequestContext } from '../../graphql/context.ts';
import { cacheTagsOf } from '../../graphql/shared/cache-tags.ts';

/** Many proxies accept 4 kB of headers in all. */
const MAX_HEADER_LENGTH = 2000;

/** The extensions of an answer from which Apollo Router's response cache reads its tags. */
export type TagExtensions = { apolloEntityCacheTags: string[][] } | { apolloCacheTags: string[] };

type Facts = Pick<RequestContext, 'caching' | 'entityTags'>;

/**
 * The tags of an answer that may be cached, as extensions. Null: it has none. Each entity has tags of its own, because
 * a router keeps it separately; all other answers are kept as a whole. CDNs keep answers to GET only, and read a header.
 */
export function tagExtensions(
  { caching, entityTags: [entities, ...others] }: Facts,
  { tagged, method }: { tagged: Config['httpCaching']['tagged']; method: string },
): TagExtensions | null {
  if (tagged === 'NONE') return null;
  if (entities && others.length === 0) return { apolloEntityCacheTags: entities };
  if (tagged === 'ENTITIES' || method === 'GET') return null;
  const tags = cacheTagsOf(caching.promotions);
  return tags.length > 0 ? { apolloCacheTags: tags } : null;
}

/** The value of Cache-Tag for an answer to GET that may be cached: all of its tags if there is room, or those of types. */
export function tagHeader({ caching }: Facts): string | null {
  const tags = cacheTagsOf(caching.promotions);
  const all = tags.join(',');
  const fitting = all.length <= MAX_HEADER_LENGTH ? all : tags.filter((tag) => !tag.includes(':')).join(',');
  return fitting || null;
}
