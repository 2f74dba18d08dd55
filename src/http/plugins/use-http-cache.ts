import { hash } from 'node:crypto';
import fresh from 'fresh';
import type { DocumentNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { RequestContext } from '../../graphql/context.ts';

const NO_STORE = 'no-store';

/** How long a response that shows only the schema may be cached. */
const SCHEMA_MAX_AGE_SECONDS = 300;

/** Events must not be delayed: proxies must neither buffer nor compress them. */
const EVENT_STREAM_HEADERS = { 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' };

/**
 * Controls how clients and proxies cache responses. A query by GET gets a Cache-Control for the shortest-lived object that
 * it shows, and a strong ETag; a client that already has this ETag gets 304. No other response may be stored.
 */
export function useHttpCache(): Plugin<RequestContext> {
  const cacheControls = new WeakMap<Request, string>();
  return {
    onExecute: ({ args }) => ({
      onExecuteDone: ({ result }) => {
        const { request, caching } = args.contextValue;
        const isComplete = 'data' in result && !result.errors;
        if (request.method === 'GET' && isComplete) {
          cacheControls.set(request, cacheControlOf(caching.maxAgeMs, isSchemaOnly(args.document)));
        }
      },
    }),
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
      const cacheControl = cacheControls.get(request) ?? NO_STORE;
      response.headers.set('cache-control', cacheControl);
      if (cacheControl === NO_STORE) return;
      return withEtag(request, response).then(({ body, ...init }) => setResponse(new fetchAPI.Response(body, init)));
    },
  };
}

/** Always private, because another caller may see less. */
function cacheControlOf(maxAgeMs: number | null | undefined, isSchema: boolean): string {
  if (maxAgeMs === null) return NO_STORE;
  if (maxAgeMs === undefined && isSchema) return `private, max-age=${SCHEMA_MAX_AGE_SECONDS}`;
  const seconds = Math.floor((maxAgeMs ?? 0) / 1000);
  return seconds > 0 ? `private, max-age=${seconds}` : 'private, no-cache';
}

/** The response with the ETag of its body, or 304 without a body if the client already has it. */
async function withEtag(request: Request, response: Response) {
  const { headers } = response;
  const body = await response.text();
  // A hash of the body is all there is to it: a library for ETags would only add the length.
  const etag = `"${hash('sha256', body, 'base64url')}"`;
  headers.set('etag', etag);
  headers.append('vary', 'Accept, Authorization, Origin');
  const ifNoneMatch = request.headers.get('if-none-match') ?? undefined;
  // Without the request's Cache-Control, for which `fresh` would send the body again.
  if (!fresh({ 'if-none-match': ifNoneMatch }, { etag })) return { body, status: response.status, headers };
  for (const name of ['content-type', 'content-length']) headers.delete(name);
  return { body: null, status: 304, headers };
}

/** True for an operation that reads nothing but __typename, __schema and __type. */
function isSchemaOnly({ definitions }: DocumentNode): boolean {
  return definitions.every(
    (definition) =>
      definition.kind !== 'OperationDefinition' ||
      definition.selectionSet.selections.every(
        (selection) => selection.kind === 'Field' && selection.name.value.startsWith('__'),
      ),
  );
}
