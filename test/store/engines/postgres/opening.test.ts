import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { inspect } from 'node:util';
import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  sql,
} from 'kysely';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Db } from '../../../../src/store/engines/engine.ts';
import { openPostgres } from '../../../../src/store/engines/postgres.ts';
import { migratePostgres } from '../../../../src/store/engines/postgres-migrations/migrate-postgres.ts';
import type { Tables } from '../../../../src/store/tables.ts';
import { createDatabase, type TestDatabase } from '../../../support/postgres/test-database.ts';
import { insert, pointsOf } from '../rows.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase('bare');
});
afterEach(() => database.drop());

async function query(statement: string, url = database.url): Promise<pg.QueryResultRow[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

/** Waits until the server has noticed that all connections to the database are closed. */
async function untilNobodyIsConnected(): Promise<void> {
  const others = 'SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()';
  while ((await query(others)).length > 0) await setImmediate();
}

/** The URL of the database with another part. */
function urlWith(
  part: Partial<Pick<URL, 'username' | 'password' | 'port' | 'hostname' | 'pathname' | 'search'>>,
): string {
  return Object.assign(new URL(database.url), part).href;
}

/** Passes connections on to the server, and refuses those with settings in the words of PgBouncer. */
async function startPooler(): Promise<{ url: string; stop(): Promise<void> }> {
  const refusal = 'SFATAL\0C08P01\0Munsupported startup parameter: statement_timeout\0\0';
  const length = Buffer.alloc(4);
  length.writeInt32BE(length.length + refusal.length);
  const pooler = createServer((client) => {
    client.once('data', (startup) => {
      if (startup.includes('statement_timeout')) {
        client.end(Buffer.concat([Buffer.from('E'), length, Buffer.from(refusal)]));
        return;
      }
      const server = connect(Number(new URL(database.url).port), new URL(database.url).hostname);
      server.write(startup);
      client.pipe(server).pipe(client);
    });
  });
  pooler.listen(0, '127.0.0.1');
  await once(pooler, 'listening');
  const address = pooler.address();
  const port = typeof address === 'object' ? `${address?.port}` : '';
  const stop = async () => {
    pooler.close();
    await once(pooler, 'close');
  };
  return { url: urlWith({ hostname: '127.0.0.1', port }), stop };
}

const LIMITS = sql<{ statement: string; lock: string; idle: string }>`select
  current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
  current_setting('idle_in_transaction_session_timeout') as idle`;

async function limitsOf(db: Db): Promise<{ statement: string; lock: string; idle: string } | undefined> {
  return (await LIMITS.execute(db)).rows[0];
}

describe('a PostgreSQL store', () => {
  it('is migrated once by processes that start together', async () => {
    const engines = await Promise.all(Array.from({ length: 4 }, () => openPostgres({ url: database.url })));
    await Promise.all(
      engines.map((engine, index) => engine.transaction((db) => insert(db, `process ${index}`, index))),
    );
    expect(await query('SELECT name FROM kysely_migration')).toEqual([{ name: '0001-schema' }]);
    expect(await query('SELECT count(*)::integer AS rows FROM code_normalization')).toEqual([{ rows: 1 }]);
    await Promise.all(engines.map((engine) => engine.close()));
  });

  it('keeps what it has when it is opened again', async () => {
    const engine = await openPostgres({ url: database.url });
    await engine.transaction((db) => insert(db, 'key', 7));
    await engine.close();
    const again = await openPostgres({ url: database.url });
    expect(await pointsOf(again.reads, 'key')).toBe(7);
    await again.close();
  });

  it('is refused if a newer version has migrated it', async () => {
    await (await openPostgres({ url: database.url })).close();
    await query(`INSERT INTO kysely_migration VALUES ('9999-later', '2999-01-01T00:00:00.000Z')`);
    await expect(openPostgres({ url: database.url })).rejects.toThrow(
      'the store was written by a newer version of the gateway (9999-later)',
    );
    await untilNobodyIsConnected();
  });

  it('limits the time of everything that its connections do', async () => {
    const engine = await openPostgres({ url: database.url });
    const limits = { statement: '10s', lock: '5s', idle: '5s' };
    expect(await limitsOf(engine.reads)).toEqual(limits);
    expect(await engine.transaction(limitsOf)).toEqual(limits);
    expect(await engine.snapshot(limitsOf)).toEqual(limits);
    expect(await engine.briefly(limitsOf)).toEqual({ ...limits, lock: '100ms' });
    await engine.close();
  });

  it('limits only the transactions behind a pooler, which refuses settings of a connection', async () => {
    const pooler = await startPooler();
    const engine = await openPostgres({ url: pooler.url, directUrl: database.url });
    const limits = { statement: '10s', lock: '5s', idle: '5s' };
    expect(await engine.transaction(limitsOf)).toEqual(limits);
    expect(await engine.snapshot(limitsOf)).toEqual(limits);
    expect(await engine.briefly(limitsOf)).toEqual({ ...limits, lock: '100ms' });
    expect(await limitsOf(engine.reads)).toEqual({ statement: '0', lock: '0', idle: '0' });
    await engine.close();
    await pooler.stop();
  });

  it('asks for the way around a pooler', async () => {
    const pooler = await startPooler();
    await expect(openPostgres({ url: pooler.url })).rejects.toThrow(/set DATABASE_DIRECT_URL/);
    await pooler.stop();
  });
});

describe('a PostgreSQL store that cannot be used is refused in one line, without its password:', () => {
  const PASSWORD = 'a-password-that-nobody-may-see';

  async function refusal(part: Parameters<typeof urlWith>[0] = {}): Promise<string> {
    const opening = openPostgres({ url: urlWith({ password: PASSWORD, ...part }) });
    const error = await opening.then(
      () => new Error('It is open'),
      (error: Error) => error,
    );
    expect(inspect(error)).not.toContain(PASSWORD);
    // The name of the database differs from test to test.
    return error.message.replace(/postgres:\/\/\S+/, 'URL');
  }

  /** A user of the server for one test. */
  async function withRole(options: string, work: (username: string) => Promise<void>): Promise<void> {
    const username = `role_${randomUUID().replaceAll('-', '')}`;
    await query(`CREATE ROLE ${username} LOGIN ${options}`);
    try {
      await work(username);
    } finally {
      await query(`DROP ROLE ${username}`);
    }
  }

  it('no server', async () => {
    expect(await refusal({ port: '1' })).toBe('the store URL cannot be used: its server cannot be reached');
    expect(await refusal({ hostname: 'localhost', port: '1' })).toContain('its server cannot be reached');
    expect(await refusal({ hostname: 'nowhere.invalid' })).toContain('its server cannot be reached');
  });

  it('no database of that name', async () => {
    expect(await refusal({ pathname: '/nothing' })).toBe(
      'the store URL cannot be used: its server has no such database',
    );
  });

  it('an unknown user', async () => {
    expect(await refusal({ username: 'nobody' })).toContain('its server refuses the user or password');
  });

  it('a user without rights', () =>
    withRole('', async (username) => {
      await query('REVOKE CREATE ON SCHEMA public FROM PUBLIC');
      expect(await refusal({ username })).toBe('the store URL cannot be used: its user lacks a right');
    }));

  it('a user without a connection left', () =>
    withRole('CONNECTION LIMIT 0', async (username) => {
      expect(await refusal({ username })).toBe('the store URL cannot be used: its server has no connection left');
    }));

  it('a database that may only be read', async () => {
    const [{ name } = {}] = await query('SELECT current_database() AS name');
    await query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    expect(await refusal()).toBe('the store URL cannot be used: it may only be read');
  });

  it('a server without TLS, if the URL asks for it', async () => {
    expect(await refusal({ search: '?sslmode=verify-full' })).toContain('its server does not support TLS');
  });

  it('a server that is too old', async () => {
    const old = new Kysely<Tables>({
      dialect: {
        createAdapter: () => new PostgresAdapter(),
        createDriver: () => new OldServer(),
        createIntrospector: (db) => new PostgresIntrospector(db),
        createQueryCompiler: () => new PostgresQueryCompiler(),
      },
    });
    await expect(migratePostgres(old)).rejects.toThrow(
      'the store needs PostgreSQL 14 or later, and its server is version 13.18 (Debian 13.18-1)',
    );
  });
});

/** No such server can be started here. */
class OldServer extends DummyDriver {
  override async acquireConnection() {
    const connection = await super.acquireConnection();
    const executeQuery = async <Row>(): Promise<QueryResult<Row>> => {
      const rows: Row[] = JSON.parse('[{ "server_version": "13.18 (Debian 13.18-1)" }]');
      return { rows };
    };
    return Object.assign(connection, { executeQuery });
  }
}
