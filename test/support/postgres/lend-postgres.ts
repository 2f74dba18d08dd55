import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import pg from 'pg';
import { openPostgres } from '../../../src/store/engines/postgres.ts';
import { PostgresServer } from './postgres-server.ts';

/*
 * One PostgreSQL server for all tests of a run. It starts when the first test asks for it, and ends after the last test.
 * TEST_POSTGRES_URL names another server: its user must have the right to create databases.
 */

/** A server, and an empty store in it that test files copy. */
export interface LentServer {
  url: string;
  template: string;
}

/** The environment variable with the address that lends the server. */
export const LENDER = 'PROMO_GATEWAY_TEST_POSTGRES';

/** Vitest calls this before the first test, and the returned function after the last. */
export default async function lendPostgres(): Promise<() => Promise<void>> {
  let own: PostgresServer | null = null;
  let lent: Promise<LentServer> | null = null;
  const prepare = async (): Promise<LentServer> => {
    const other = process.env.TEST_POSTGRES_URL;
    if (other === undefined) own = await PostgresServer.start();
    const url = other ?? own?.url ?? '';
    const template = `promo_gateway_template_${randomUUID().slice(0, 8)}`;
    await execute(url, `CREATE DATABASE ${template}`);
    await (await openPostgres({ url: databaseUrl(url, template) })).close();
    return { url, template };
  };

  const lender = createServer(async (_, response) => {
    lent ??= prepare();
    const answer = await lent.catch((error: unknown) => ({ failure: String(error) }));
    // A busy worker could send its next request on a connection that is just being closed.
    response.setHeader('connection', 'close').end(JSON.stringify(answer));
  });
  lender.listen(0, '127.0.0.1');
  await once(lender, 'listening');
  const address = lender.address();
  process.env[LENDER] = typeof address === 'object' ? `http://127.0.0.1:${address?.port}` : '';

  return async () => {
    lender.close();
    const { url, template } = (await lent?.catch(() => null)) ?? {};
    if (url !== undefined && own === null) await execute(url, `DROP DATABASE ${template} WITH (FORCE)`);
    await own?.remove();
  };
}

/** Runs a statement in a connection of its own. */
export async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** The address of another database of the same server. */
export function databaseUrl(url: string, database: string): string {
  const address = new URL(url);
  address.pathname = `/${database}`;
  return address.href;
}
