import type { Plugin } from 'graphql-yoga';
import type { Config } from '../../config/config.ts';
import type { RequestContext } from '../../graphql/context.ts';
import { answeredFields } from '../execution/answered-fields.ts';
import { type OperationFacts, operationFacts } from '../execution/operation-facts.ts';
import type { RequestFacts } from '../request-facts.ts';
import { codingFor } from '../responses/compression.ts';
import { digestOf, etagOf, hasCurrent } from '../responses/etag.ts';
import { tagExtensions, tagHeader } from './answer-tags.ts';

const NO_STORE = 'no-store';

/** The request headers that a cacheable answer depends on, besides its coding. */
const VARY = 'Accept, Authorization, Origin';

/** How long a response that shows only the schema may be cached. */
const SCHEMA_MAX_AGE_SECONDS = 300;

/** Events must not be delayed: proxies must neither buffer nor compress them. */
const EVENT_STREAM_HEADERS = { 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' };

interface CacheHeaders {
  cacheControl: string;
  /** The tags by which CDNs find the answer; null: it has none. */
  cacheTag: string | null;
}

/**
 * Controls how clients, proxies and routers cache responses. A query gets a Cache-Control for the shortest-lived object that
 * it shows. By GET it also gets a strong ETag; a client that already has this ETag gets 304. By POST it gets none: a client
 * cannot ask whether an answer to POST is still current (RFC 9110, 13.1.2). No other response may be stored.
 */
export function useHttpCache({
  isShared,
  tagged,
}: Config['httpCaching']): Plugin<RequestContext & Partial<RequestFacts>> {
  const cacheHeaders = new WeakMap<Request, CacheHeaders>();
  const scope = isShared ? 'public' : 'private';
  return {
    onExecute: ({ args }) => {
      const facts = operationFacts(args.document, args.operationName);
      if (facts?.type !== 'query') return undefined;
      return {
        onExecuteDone: ({ result, setResult }) => {
          const { request, caching, asked, gateway } = args.contextValue;
          const seconds = maxAgeSeconds(caching.maxAgeMs, facts);
          if (!('data' in result) || result.errors || seconds === null) return;
          const { method } = request;
          const isTagged = seconds > 0 && method === 'GET' && tagged === 'ALL';
          cacheHeaders.set(request, {
            cacheControl: seconds > 0 ? `${scope}, max-age=${seconds}` : `${scope}, no-cache`,
            cacheTag: isTagged ? tagHeader(args.contextValue) : null,
          });
          const { basis } = caching;
          if (asked && basis) {
            const fields = answeredFields(facts, { data: result.data, errors: [], outcomes: [] });
            asked.executed = { operation: facts.name, fields, basis, at: gateway.clock() };
          }
          const tags = seconds > 0 ? tagExtensions(args.contextValue, { tagged, method }) : null;
          if (tags) setResult({ ...result, extensions: { ...result.extensions, ...tags } });
        },
      };
    },
    onResponse({ request, response, setResponse, fetchAPI }) {
      const type = response.headers.get('content-type') ?? '';
      if (type.startsWith('text/event-stream')) {
        for (const [name, value] of Object.entries(EVENT_STREAM_HEADERS)) {
          // Yoga writes its own in another case, and set() alone would leave both.
          response.headers.delete(name);
          response.headers.set(name, value);
        }
      }
      if (!type.includes('json')) return;
      const caching = cacheHeaders.get(request);
      response.headers.set('cache-control', caching?.cacheControl ?? NO_STORE);
      if (!caching) return;
      // Only routers keep answers to POST, and without their coding. With Accept-Encoding here, the cache of Hive Gateway would
      // never match: it notes the header that its fetch adds, and misses it in the next request.
      response.headers.append('vary', request.method === 'GET' ? `${VARY}, Accept-Encoding` : VARY);
      if (caching.cacheTag !== null) response.headers.set('cache-tag', caching.cacheTag);
      if (request.method !== 'GET') return;
      return withEtag(request, response).then(({ body, ...init }) => setResponse(new fetchAPI.Response(body, init)));
    },
  };
}

/** How long an answer may be cached; 0: it must be revalidated; null: it must not be stored. */
function maxAgeSeconds(maxAgeMs: number | null | undefined, { isSchemaOnly }: OperationFacts): number | null {
  if (maxAgeMs === null) return null;
  if (maxAgeMs === undefined) return isSchemaOnly ? SCHEMA_MAX_AGE_SECONDS : 0;
  return Math.floor(maxAgeMs / 1000);
}

/** The response with the ETag of its body, or 304 without a body if the client already has it. */
async function withEtag(request: Request, response: Response) {
  const { headers } = response;
  const body = await response.text();
  // `useCompression` comes to the same result.
  const coding = codingFor(request.headers.get('accept-encoding') ?? undefined, Buffer.byteLength(body));
  const etag = etagOf(digestOf(body), coding);
  headers.set('etag', etag);
  if (!hasCurrent(request.headers.get('if-none-match') ?? undefined, etag)) {
    return { body, status: response.status, headers };
  }
  for (const name of ['content-type', 'content-length']) headers.delete(name);
  return { body: null, status: 304, headers };
}
