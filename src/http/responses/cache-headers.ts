import type { Config } from '../../config/config.ts';
import type { RequestContext } from '../../graphql/context.ts';
import type { AnsweredField } from '../../telemetry/request-log.ts';
import { cacheControlAt } from '../answers/lifetime.ts';
import type { OperationFacts } from '../execution/operation-facts.ts';
import type { CacheHeaders, RequestFacts } from '../request-facts.ts';
import { type TagExtensions, tagExtensions, tagHeader } from './answer-tags.ts';
import { isJson } from './is-json.ts';
import { NO_STORE } from './responder.ts';

/** The request headers that a cacheable answer depends on, besides its coding. */
const VARY = 'Accept, Authorization, Origin';

/** How long a response that shows only the schema may be cached. */
const SCHEMA_MAX_AGE_SECONDS = 300;

/** Events must not be delayed: proxies must neither buffer nor compress them. */
const EVENT_STREAM_HEADERS = { 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' };

/** An answer to a query, without errors. */
interface Answered {
  context: RequestContext & RequestFacts;
  facts: OperationFacts;
  fields: readonly AnsweredField[];
}

/**
 * Notes how long clients, proxies and routers may cache the answer to a query: until the shortest-lived object that it
 * shows expires. Also notes what the answer depends on, if the gateway may give it again.
 * @returns the tags by which routers find the answer; null: it has none
 */
export function noteCaching(
  { context, facts, fields }: Answered,
  { isShared, tagged }: Config['httpCaching'],
): TagExtensions | null {
  const { caching, asked, gateway } = context;
  const { method = 'GET' } = context.req;
  const seconds = maxAgeSeconds(caching.maxAgeMs, facts);
  if (seconds === null) return null;
  const isTagged = seconds > 0 && method === 'GET' && tagged === 'ALL';
  const scope = isShared ? 'public' : 'private';
  context.cacheHeaders = {
    cacheControl: cacheControlAt({ scope, seconds }, 0),
    cacheTag: isTagged ? tagHeader(context) : null,
  };
  const { basis } = caching;
  if (asked && basis) asked.executed = { operation: facts.name, fields, basis, at: gateway.clock() };
  return seconds > 0 ? tagExtensions(context, { tagged, method }) : null;
}

/**
 * Sets the headers by which clients, proxies and routers cache a response. An answer by GET also gets a strong ETag, see
 * {@link finishBody}. One by POST gets none: a client cannot ask whether an answer to POST is still current (RFC 9110,
 * 13.1.2).
 * @param caching how the answer may be cached; undefined: it must not be stored
 */
export function setCacheHeaders({ method }: Request, response: Response, caching: CacheHeaders | undefined): void {
  const { headers } = response;
  if (headers.get('content-type')?.startsWith('text/event-stream')) {
    for (const [name, value] of Object.entries(EVENT_STREAM_HEADERS)) {
      // Yoga writes its own in another case, and set() alone would leave both.
      headers.delete(name);
      headers.set(name, value);
    }
  }
  if (!isJson(response)) return;
  headers.set('cache-control', caching?.cacheControl ?? NO_STORE);
  if (!caching) return;
  // Only routers keep answers to POST, and without their coding. With Accept-Encoding here, the cache of Hive Gateway would
  // never match: it notes the header that its fetch adds, and misses it in the next request.
  headers.append('vary', method === 'GET' ? `${VARY}, Accept-Encoding` : VARY);
  if (caching.cacheTag !== null) headers.set('cache-tag', caching.cacheTag);
}

/** How long an answer may be cached; 0: it must be revalidated; null: it must not be stored. */
function maxAgeSeconds(maxAgeMs: number | null | undefined, { isSchemaOnly }: OperationFacts): number | null {
  if (maxAgeMs === null) return null;
  if (maxAgeMs === undefined) return isSchemaOnly ? SCHEMA_MAX_AGE_SECONDS : 0;
  return Math.floor(maxAgeMs / 1000);
}
