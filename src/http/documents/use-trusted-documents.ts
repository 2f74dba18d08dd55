import { readFileSync } from 'node:fs';
import { usePersistedOperations } from '@graphql-yoga/plugin-persisted-operations';
import { createGraphQLError, type GraphQLParams, type Plugin } from 'graphql-yoga';
import { z } from 'zod';
import type { Config } from '../../config/config.ts';

/** Operations that clients may send by their id instead of their text. */
export interface TrustedDocuments {
  byId: ReadonlyMap<string, string>;
  /** True if no other operations are accepted. */
  only: boolean;
}

const manifest = z.record(z.string(), z.string());
/** In UTF-16 units. A longer id is ignored. */
const idText = z.string().max(255);
const persistedQuery = z.object({ persistedQuery: z.object({ sha256Hash: idText }) });
const documentId = z.object({ documentId: idText });

/**
 * Reads the file of trusted documents: a JSON object of operations by their ids, as graphql-codegen's client preset writes
 * it (persisted-documents.json). Null if none is configured.
 * @throws if the file cannot be read or has another format
 */
export function readTrustedDocuments({
  trustedDocuments: file,
  trustedDocumentsOnly: only,
}: Pick<Config, 'trustedDocuments' | 'trustedDocumentsOnly'>): TrustedDocuments | null {
  if (file === undefined) return null;
  try {
    const documents = manifest.parse(JSON.parse(readFileSync(file, 'utf8')));
    return { byId: new Map(Object.entries(documents).map(([id, text]) => [withoutPrefix(id), text])), only };
  } catch (error) {
    const reason = error instanceof z.ZodError ? 'it is not a JSON object of operations by their ids' : error;
    throw new Error(
      `TRUSTED_DOCUMENTS cannot be read from ${file}: ${reason instanceof Error ? reason.message : reason}`,
    );
  }
}

/** Accepts operations by `documentId`, as the GraphQL over HTTP specification proposes, or by the id of Apollo's clients. */
export function useTrustedDocuments({ byId, only }: TrustedDocuments): Plugin {
  const plugin: Plugin = usePersistedOperations({
    allowArbitraryOperations: !only,
    extractPersistedOperationId: idOf,
    getPersistedOperation: (id) => byId.get(withoutPrefix(id)) ?? null,
    customErrors: {
      // Apollo's clients send the text when they see this message and code.
      notFound: () => badRequest('PersistedQueryNotFound', 'PERSISTED_QUERY_NOT_FOUND'),
      keyNotFound: () => badRequest('The request has neither an operation nor the id of one', 'BAD_REQUEST'),
      persistedQueryOnly: () => badRequest('Only trusted documents are accepted, by their id', 'FORBIDDEN'),
    },
  });
  return plugin;
}

function idOf(params: GraphQLParams, request: Request): string | null {
  const byHash = persistedQuery.safeParse(params.extensions).data?.persistedQuery.sha256Hash;
  // Yoga reads only known parameters from a URL, and `documentId` is not one of them.
  const inUrl = request.method === 'GET' ? new URL(request.url).searchParams.get('documentId') : null;
  return documentId.safeParse(params).data?.documentId ?? inUrl ?? byHash ?? null;
}

/** Generators write "sha256:…", clients send the hash alone. */
function withoutPrefix(id: string): string {
  return id.replace(/^sha256:/, '');
}

function badRequest(message: string, code: string) {
  return createGraphQLError(message, { extensions: { code, http: { status: 400 } } });
}
