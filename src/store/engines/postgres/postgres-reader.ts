import type { ServerAddress } from '../address.ts';
import type { StoreReader } from '../engine.ts';
import { PostgresConnections } from './postgres-connections.ts';
import { postgresDialect } from './postgres-dialect.ts';
import { BEGIN_SNAPSHOT, PostgresDriver } from './postgres-driver.ts';
import { kyselyOver } from './postgres-kysely.ts';
import { hasGateways, unusable } from './postgres-start.ts';

/** Whether gateways are connected to a database. */
export async function isPostgresInUse({ directUrl }: Pick<ServerAddress, 'directUrl'>): Promise<boolean> {
  const connections = new PostgresConnections({ url: directUrl, limits: 'NONE', poolSize: 1 });
  try {
    return await hasGateways(connections);
  } catch (error) {
    throw unusable(directUrl, error);
  } finally {
    await connections.end();
  }
}

/** Opens a database for reading alone, without migrations and time limits, beside the gateways that use it. */
export function openPostgresReader({ directUrl }: Pick<ServerAddress, 'directUrl'>): StoreReader {
  const connections = new PostgresConnections({ url: directUrl, limits: 'NONE', poolSize: 1 });
  const snapshots = kyselyOver(new PostgresDriver(connections, BEGIN_SNAPSHOT));
  return {
    dialect: postgresDialect,
    snapshot: async (work) => {
      try {
        return await snapshots.transaction().execute(work);
      } catch (error) {
        throw unusable(directUrl, error);
      }
    },
    close: () => connections.end(),
  };
}
