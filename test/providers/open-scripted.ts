import type { Provider } from '../../src/domain/provider/provider.ts';
import type { ProviderDefinition } from '../../src/providers/definition.ts';
import { defined } from '../support/defined.ts';
import { type ScriptedServer, startScriptedServer } from './scripted-server.ts';

/** The adapter of a provider's first account, connected to a server with scripted answers. */
export interface Scripted {
  provider: Provider;
  server: ScriptedServer;
  close(): Promise<void>;
}

/** @param environment the provider's variables, except `addressName`, which gets the address of the server */
export async function openScripted<Settings>(
  definition: ProviderDefinition<Settings>,
  addressName: string,
  environment: Record<string, string>,
): Promise<Scripted> {
  const server = await startScriptedServer();
  const settings = definition.settings.parse({ ...environment, [addressName]: server.url });
  const connection = definition.connect(defined(settings), { deadlineMs: 30_000 });
  return {
    provider: defined(connection.providers[0]),
    server,
    async close() {
      await connection.close();
      await server.close();
    },
  };
}
