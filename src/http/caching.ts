import { createHash } from 'node:crypto';
import type { DocumentNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { RequestContext } from '../graphql/context.ts';

const NO_STORE = 'no-store';

/**
 * Says how long answers may be kept. A query by GET has a Cache-Control that is the narrowest of what it shows and a
 * strong ETag of its body, and is answered with 304 to who has that body; everything else is kept by nobody.
 */
export function useCaching(): Plugin<RequestContext> {
  const headers = new WeakMap<Request, string>();
  return {
    onExecute: ({ args }) => ({
      onExecuteDone: ({ result }) => {
        const { request, caching } = args.contextValue;
        const isWhole = 'data' in result && !result.errors;
        if (request.method === 'GET' && isWhole) headers.set(request, caching.header(isSchemaOnly(args.document)));
      },
    }),
    onResponse: async ({ request, response, setResponse, fetchAPI }) => {
      if (!/json/.test(response.headers.get('content-type') ?? '')) return;
      const control = response.status === 200 ? (headers.get(request) ?? NO_STORE) : NO_STORE;
      response.headers.set('cache-control', control);
      if (request.method !== 'GET' || control === NO_STORE) return;
      const body = await response.text();
      const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
      response.headers.set('etag', etag);
      response.headers.append('vary', 'Accept, Authorization');
      const isKnown = isMatch(request.headers.get('if-none-match'), etag);
      const { headers: sent } = response;
      if (isKnown) for (const name of ['content-type', 'content-length']) sent.delete(name);
      setResponse(new fetchAPI.Response(isKnown ? null : body, { status: isKnown ? 304 : 200, headers: sent }));
    },
  };
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
