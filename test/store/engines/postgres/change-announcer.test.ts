import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CHANNEL, ChangeAnnouncer } from '../../../../src/store/engines/postgres/change-announcer.ts';
import { PostgresConnections } from '../../../../src/store/engines/postgres/postgres-connections.ts';
import { execute } from '../../../support/postgres/lend-postgres.ts';
import { createDatabase, type TestDatabase } from '../../../support/postgres/test-database.ts';

let database: TestDatabase;
let client: pg.Client;
const heard: string[] = [];
beforeEach(async () => {
  database = await createDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  client.on('notification', ({ channel }) => heard.push(channel));
  await client.query(`LISTEN ${CHANNEL}; LISTEN fence`);
  heard.length = 0;
});
afterEach(async () => {
  await client.end();
  await database.drop();
});

/** Waits for everything that was announced before. */
async function untilHeard(): Promise<void> {
  const fence = new Promise<void>((resolve) => {
    client.on('notification', ({ channel }) => channel === 'fence' && resolve());
  });
  await execute(database.url, 'NOTIFY fence');
  await fence;
}

it('commits that come together are announced once, and later ones again', async () => {
  const connections = new PostgresConnections({ url: database.url, limits: 'CONNECTION', poolSize: 2 });
  const announcer = new ChangeAnnouncer(connections);
  for (let commit = 0; commit < 50; commit += 1) announcer.announce();
  await announcer.end();
  await untilHeard();
  expect(heard).toEqual([CHANNEL, 'fence']);
  announcer.announce();
  await announcer.end();
  await untilHeard();
  expect(heard).toEqual([CHANNEL, 'fence', CHANNEL, 'fence']);
  await connections.end();
});

it('an announcement that cannot be made is no error, and the next one is tried', async () => {
  const broken = new PostgresConnections({ url: database.url, limits: 'CONNECTION', poolSize: 2 });
  await broken.end();
  const announcer = new ChangeAnnouncer(broken);
  announcer.announce();
  await announcer.end();
  announcer.announce();
  await announcer.end();
  await untilHeard();
  expect(heard).toEqual(['fence']);
});
