import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { databaseUrl, execute, LENDER } from './lend-postgres.ts';

const lentServer = z.union([
  z.object({ url: z.string(), template: z.string() }),
  z.object({ failure: z.string() }).transform(({ failure }): never => {
    throw new Error(failure);
  }),
]);

/** A database of a test file. */
export interface TestDatabase {
  url: string;
  /** Deletes it, and ends the connections to it. */
  drop(): Promise<void>;
}

/** Creates a database for a test: with an empty store in it, or `bare`. */
export async function createDatabase(content: 'store' | 'bare' = 'store'): Promise<TestDatabase> {
  const response = await fetch(process.env[LENDER] ?? '');
  const { url, template } = lentServer.parse(await response.json());
  const name = `promo_gateway_test_${randomUUID().replaceAll('-', '')}`;
  await execute(url, `CREATE DATABASE ${name} ${content === 'store' ? `TEMPLATE ${template}` : ''}`);
  return { url: databaseUrl(url, name), drop: () => execute(url, `DROP DATABASE ${name} WITH (FORCE)`) };
}
