import { readFileSync } from 'node:fs';
import { usePersistedOperations } from '@graphql-yoga/plugin-persisted-operations';
import { createGraphQLError, type GraphQLParams, type Plugin } from 'graphql-yoga';
import { z } from 'zod';

/** Operations that clients may send by their id instead of their text. */
export interface TrustedDocuments {
  byId: ReadonlyMap<string, string>;
  /** Nothing else is accepted. */
  only: boolean;
}

const manifest = z.record(z.string(), z.string());
/** A longer id, in UTF-16 units, is ignored. */
const idText = z.string().max(255);
const persistedQuery = z.object({ persistedQuery: z.object({ sha256Hash: idText }) });
const documentId = z.object({ documentId: idText });

/**
 * Reads a file of operations by their ids, as graphql-codegen's client preset writes it (persisted-documents.json).
 * @throws when there is no such file, or it is something else
 */
export function readTrustedDocuments(file: string): ReadonlyMap<string, string> {
  try {
    const documents = manifest.parse(JSON.parse(readFileSync(file, 'utf8')));
    return new Map(Object.entries(documents).map(([id, text]) => [bare(id), text]));
  } catch (error) {
    const why = error instanceof z.ZodError ? 'it is no object of operations by their ids' : error;
    throw new Error(`TRUSTED_DOCUMENTS cannot be read from ${file}: ${why instanceof Error ? why.message : why}`);
  }
}

/** Takes operations by `documentId`, as the specification proposes, or by `extensions.persistedQuery.sha256Hash`. */
export function useTrustedDocuments({ byId, only }: TrustedDocuments): Plugin {
  const plugin: Plugin = usePersistedOperations({
    allowArbitraryOperations: !only,
    extractPersistedOperationId: idOf,
    getPersistedOperation: (id) => byId.get(bare(id)) ?? null,
    customErrors: {
      // The message and code by which Apollo's clients know that they have to send the text.
      notFound: () => refused('PersistedQueryNotFound', 'PERSISTED_QUERY_NOT_FOUND'),
      keyNotFound: () => refused('The request has neither an operation nor the id of one', 'BAD_REQUEST'),
      persistedQueryOnly: () => refused('Only operations that are known here are accepted, by their id', 'FORBIDDEN'),
    },
  });
  return plugin;
}

function idOf(params: GraphQLParams, request: Request): string | null {
  const byHash = persistedQuery.safeParse(params.extensions).data?.persistedQuery.sha256Hash;
  // Yoga takes out of an address what it knows, and it does not know this.
  const inAddress = request.method === 'GET' ? new URL(request.url).searchParams.get('documentId') : null;
  return documentId.safeParse(params).data?.documentId ?? inAddress ?? byHash ?? null;
}

/** Generators write "sha256:…" where clients send the hash alone. */
function bare(id: string): string {
  return id.replace(/^sha256:/, '');
}

function refused(message: string, code: string) {
  return createGraphQLError(message, { extensions: { code, http: { status: 400 } } });
}
