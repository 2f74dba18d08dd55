import { setImmediate } from 'node:timers/promises';
import { inspect } from 'node:util';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../../../src/store/engines/engine.ts';
import { UsedConnection } from '../../../../src/store/engines/postgres/postgres-connections.ts';
import { postgresTroubleOf } from '../../../../src/store/engines/postgres/postgres-trouble.ts';
import { openPostgres } from '../../../../src/store/engines/postgres.ts';
import { execute } from '../../../support/postgres/lend-postgres.ts';
import { PostgresServer } from '../../../support/postgres/postgres-server.ts';
import { insert, pointsOf } from '../rows.ts';

let server: PostgresServer;
let engine: Engine;
beforeAll(async () => {
  server = await PostgresServer.start({ isDurable: true });
  engine = await openPostgres({ url: server.url });
});
afterAll(async () => {
  await engine.close();
  await server.remove();
});
beforeEach(() => engine.transaction((db) => db.deleteFrom('attempt_limits').execute()));

/** Waits until the server has ended the transaction of a connection. */
async function untilEnded(pid: number): Promise<void> {
  for (;;) {
    const { rows } = await sql`select from pg_stat_activity where pid = ${pid}`.execute(engine.reads);
    if (rows.length === 0) return;
    await setImmediate();
  }
}

const PID = sql<{ pid: number }>`select pg_backend_pid() as pid`;

describe('a PostgreSQL server', () => {
  it('that crashes and restarts keeps what was acknowledged, and is used again', async () => {
    await engine.transaction((db) => insert(db, 'acknowledged', 1));
    const interrupted = engine.transaction(async (db) => {
      await insert(db, 'never', 1);
      await server.stop('immediate');
      await insert(db, 'later', 1);
    });
    await expect(interrupted).rejects.toThrow();
    const refused = await engine.transaction((db) => insert(db, 'refused', 1)).catch((error: unknown) => error);
    expect(postgresTroubleOf(refused)).toBe('its server cannot be reached');
    expect(engine.trouble()).toBe('its server cannot be reached');
    await expect(pointsOf(engine.reads)).rejects.toThrow();
    await engine.probe();
    expect(engine.trouble()).toBe('its server cannot be reached');

    await server.restart();
    await engine.probe();
    expect(engine.trouble()).toBeNull();
    const rows = await engine.reads.selectFrom('attempt_limits').select('key').execute();
    expect(rows).toEqual([{ key: 'acknowledged' }]);
    await engine.transaction((db) => insert(db, 'after', 1));
  });

  it('that may only be read after a failover can be read, and written again later', async () => {
    await engine.transaction((db) => insert(db, 'key', 1));
    await execute(server.url, `ALTER SYSTEM SET default_transaction_read_only = on`);
    await execute(server.url, 'SELECT pg_reload_conf()');
    await untilSetting('on');
    await expect(engine.transaction((db) => insert(db, 'other', 1))).rejects.toMatchObject({ code: '25006' });
    expect(engine.trouble()).toBe('it may only be read');
    expect(await pointsOf(engine.reads, 'key')).toBe(1);
    await engine.probe();
    expect(engine.trouble()).toBe('it may only be read');
    await execute(server.url, 'ALTER SYSTEM RESET default_transaction_read_only');
    await execute(server.url, 'SELECT pg_reload_conf()');
    await untilSetting('off');
    await engine.probe();
    expect(engine.trouble()).toBeNull();
  });

  it('that terminates a connection ends one transaction, and the process goes on', async () => {
    const terminated = engine.transaction(async (db) => {
      const { pid = 0 } = (await PID.execute(db)).rows[0] ?? {};
      await insert(db, 'never', 1);
      await sql`select pg_terminate_backend(${pid})`.execute(engine.reads);
      await untilEnded(pid);
      await insert(db, 'later', 1);
    });
    await expect(terminated).rejects.toThrow();
    expect(engine.trouble()).not.toBeNull();
    await engine.probe();
    expect(engine.trouble()).toBeNull();
    expect(await engine.reads.selectFrom('attempt_limits').select('key').execute()).toEqual([]);
  });

  it('ends the transaction of a process that was paused, and frees what it has locked', async () => {
    await engine.transaction((db) => insert(db, 'locked', 1));
    const paused = engine.transaction(async (db) => {
      await sql`set local idle_in_transaction_session_timeout = 10`.execute(db);
      const { pid = 0 } = (await PID.execute(db)).rows[0] ?? {};
      await db.updateTable('attempt_limits').set({ points: 2 }).execute();
      await untilEnded(pid);
      return insert(db, 'later', 1);
    });
    await expect(paused).rejects.toThrow();
    const other = await openPostgres({ url: server.url, poolSize: 2 });
    await other.briefly((db) => db.updateTable('attempt_limits').set({ points: 3 }).execute());
    await other.close();
    expect(await pointsOf(engine.reads, 'locked')).toBe(3);
    await engine.probe();
    expect(engine.trouble()).toBeNull();
  });

  it('that never answers costs the connection, which the pool replaces', async () => {
    const pool = new pg.Pool({ connectionString: server.url, query_timeout: 1000 });
    const silent = new UsedConnection(await pool.connect());
    const error = await silent.query('SELECT pg_sleep(60)').catch((thrown: unknown) => thrown);
    expect(postgresTroubleOf(error)).toBe('its server takes too long');
    silent.release();
    expect(pool.totalCount).toBe(0);
    const next = new UsedConnection(await pool.connect());
    expect((await next.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    next.release();
    expect(pool.totalCount).toBe(1);
    await pool.end();
  });
});

describe('no trouble of the store is', () => {
  it.each(['select nothing', 'select 1 / 0', `insert into attempt_limits (key) values (null)`])(
    'a wrong query: %s',
    async (text) => {
      const error = await engine.transaction((db) => sql.raw(text).execute(db)).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(pg.DatabaseError);
      expect(postgresTroubleOf(error)).toBeNull();
      expect(engine.trouble()).toBeNull();
    },
  );
});

/** Waits until the server has read its configuration again. */
async function untilSetting(value: 'on' | 'off'): Promise<void> {
  const setting = sql<{ value: string }>`select current_setting('default_transaction_read_only') as value`;
  while ((await setting.execute(engine.reads)).rows[0]?.value !== value) await setImmediate();
}

it('an error of the server does not keep the row that it quotes', async () => {
  await engine.transaction((db) => insert(db, 'customer-7', 1));
  const duplicate = sql`insert into attempt_limits (key, points) values ('customer-7', 1)`.execute(engine.reads);
  const error = await duplicate.catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: '23505' });
  expect(inspect(error)).not.toContain('customer-7');
});
