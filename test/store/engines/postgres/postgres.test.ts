import pg from 'pg';
import { openPostgres } from '../../../../src/store/engines/postgres.ts';
import { createDatabase } from '../../../support/postgres/test-database.ts';
import { engineContract } from '../engine-contract.ts';

engineContract('PostgreSQL', async () => {
  const { url, drop } = await createDatabase();
  const engine = await openPostgres({ url });
  return {
    engine,
    openAgain: () => openPostgres({ url }),
    breakWrites: async () => {
      const other = new pg.Client({ connectionString: url });
      await other.connect();
      await other.query('BEGIN');
      await other.query('LOCK TABLE attempts, attempt_limits IN EXCLUSIVE MODE');
      return () => other.end();
    },
    remove: async () => {
      await engine.close();
      await drop();
    },
  };
});
