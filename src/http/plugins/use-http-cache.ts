import { createHash } from 'node:crypto';
import type { DocumentNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { RequestContext } from '../../graphql/context.ts';

const NO_STORE = 'no-store';

/** Events reach a client when they happen: no proxy may keep them back, and none may pack them, for which it would. */
const AS_THEY_HAPPEN = { 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' };

/**
 * Says how long answers may be kept. A query by GET has a Cache-Control that is the narrowest of what it shows and a
 * strong ETag of its body, and is answered with 304 to who has that body; everything else is kept by nobody.
 */
export function useHttpCache(): Plugin<RequestContext> {
  const headers = new WeakMap<Request, string>();
  return {
    onExecute: ({ args }) => ({
      onExecuteDone: ({ result }) => {
        const { request, caching } = args.contextValue;
        const isWhole = 'data' in result && !result.errors;
        if (request.method === 'GET' && isWhole) headers.set(request, caching.header(isSchemaOnly(args.document)));
      },
    }),
    onResponse({ request, response, setResponse, fetchAPI }) {
      const type = response.headers.get('content-type') ?? '';
      if (type.startsWith('text/event-stream')) {
        for (const [name, value] of Object.entries(AS_THEY_HAPPEN)) {
          // Yoga writes its own in another case, which set() alone would leave beside ours.
          response.headers.delete(name);
          response.headers.set(name, value);
        }
      }
      if (!type.includes('json')) return;
      const control = headers.get(request) ?? NO_STORE;
      response.headers.set('cache-control', control);
      if (control === NO_STORE) return;
      return withTag(request, response).then(({ body, ...init }) => setResponse(new fetchAPI.Response(body, init)));
    },
  };
}

/** The same answer with the tag of its body; without the body for a client that has it. */
async function withTag(request: Request, response: Response) {
  const { headers } = response;
  const body = await response.text();
  const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
  headers.set('etag', etag);
  headers.append('vary', 'Accept, Authorization, Origin');
  if (!isMatch(request.headers.get('if-none-match'), etag)) return { body, status: response.status, headers };
  for (const name of ['content-type', 'content-length']) headers.delete(name);
  return { body: null, status: 304, headers };
}

/** If-None-Match compares weakly (RFC 9110, 13.1.2): a proxy may have weakened our tag. */
function isMatch(sent: string | null, etag: string): boolean {
  if (sent === null) return false;
  return sent.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
}

/** True for an operation that asks for nothing but __typename, __schema and __type. */
function isSchemaOnly({ definitions }: DocumentNode): boolean {
  return definitions.every(
    (definition) =>
      definition.kind !== 'OperationDefinition' ||
      definition.selectionSet.selections.every(
        (selection) => selection.kind === 'Field' && selection.name.value.startsWith('__'),
      ),
  );
}
