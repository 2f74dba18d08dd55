import type { Provider } from '../../src/domain/provider/provider.ts';
import type { ProviderDefinition } from '../../src/providers/definition.ts';
import { type ScriptedServer, startScriptedServer } from './scripted-server.ts';
import { defined } from './subject.ts';

/** A provider's first account in front of a server that says what a test tells it to. */
export interface Scripted {
  provider: Provider;
  server: ScriptedServer;
  close(): Promise<void>;
}

/** @param environment the provider's variables, with the server's address still to come under `addressName` */
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
