import { openPostgres } from '../../../../src/store/engines/postgres.ts';
import { execute } from '../../../support/postgres/lend-postgres.ts';
import { createDatabase } from '../../../support/postgres/test-database.ts';
import { engineContract } from '../engine-contract.ts';

/** Refuses new rows as a server does that has no room for them. */
const FULL_DISK = `
  CREATE FUNCTION refuse_rows() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'No room' USING ERRCODE = 'disk_full'; END $$;
  CREATE TRIGGER refuse BEFORE INSERT ON attempts FOR EACH ROW EXECUTE FUNCTION refuse_rows();
  CREATE TRIGGER refuse BEFORE INSERT ON attempt_limits FOR EACH ROW EXECUTE FUNCTION refuse_rows()`;

engineContract('PostgreSQL', async () => {
  const { url, drop } = await createDatabase();
  const engine = await openPostgres({ url });
  return {
    engine,
    openAgain: () => openPostgres({ url }),
    breakWrites: async () => {
      await execute(url, FULL_DISK);
      return () => execute(url, 'DROP FUNCTION refuse_rows CASCADE');
    },
    remove: async () => {
      await engine.close();
      await drop();
    },
  };
});
