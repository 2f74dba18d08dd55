import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nameOf, storeAddress } from '../../../../src/store/engines/address.ts';
import { openEngine } from '../../../../src/store/engines/open-engine.ts';
import { PostgresServer } from '../../../support/postgres/postgres-server.ts';
import { createDatabase, type TestDatabase } from '../../../support/postgres/test-database.ts';
import { startProcess } from '../../../support/processes/gateway-process.ts';
import { lendProviders } from '../../../support/processes/lend-providers.ts';
import { noteSecret } from '../../../support/redaction.ts';
import type { RunningGateway } from '../../../support/start-gateway.ts';

const PASSWORD = 'a-password-that-no-log-repeats';
noteSecret(PASSWORD);

let lender: RunningGateway;
let settings: Record<string, string>;
let database: TestDatabase;
let url: URL;
beforeAll(async () => {
  ({ lender, settings } = await lendProviders());
  database = await createDatabase();
  url = new URL(database.url);
  url.password = PASSWORD;
});
afterAll(async () => {
  await lender.stop();
  await database.drop();
});

it('a gateway on a server names it at the start, without user and password', async () => {
  const gateway = await startProcess({ ...settings, DATABASE_URL: url.href });
  await gateway.logged(new RegExp(`^Store +postgres://${url.host}${url.pathname}$`));
  expect(await gateway.run('{ promoCodes { totalCount } }')).toEqual({ promoCodes: { totalCount: 0 } });
  expect(await gateway.end('SIGTERM')).toBe(0);
});

describe('the gateway refuses to start with a one-line error on', () => {
  const refusal = (change: (address: URL) => void) => {
    const other = new URL(url);
    change(other);
    const start = startProcess({ ...settings, DATABASE_URL: other.href });
    return start.then(
      () => 'It started',
      (error: Error) => error.message.replace(nameOf(storeAddress({ url: other.href })), 'NAME'),
    );
  };
  const line = (trouble: string) => `The gateway cannot start: the store NAME cannot be used: ${trouble}\n`;

  it('a server that cannot be reached', async () => {
    const why = await refusal((address) => {
      address.port = '1';
    });
    expect(why).toBe(line('its server cannot be reached'));
  });

  it('a database that does not exist', async () => {
    const why = await refusal((address) => {
      address.pathname = '/nowhere';
    });
    expect(why).toBe(line('its server has no such database'));
  });

  it('a user that the server does not know', async () => {
    const why = await refusal((address) => {
      address.username = 'nobody';
    });
    expect(why).toBe(line('its server refuses the user or password'));
  });
});

it('a start waits for a server that is not there yet, and says so once', async () => {
  const server = await PostgresServer.start();
  try {
    await server.stop();
    const heard = Promise.withResolvers<string>();
    const messages: string[] = [];
    const opening = openEngine(storeAddress({ url: server.url }, { poolSize: 2, waitSeconds: 600 }), (message) => {
      messages.push(message);
      heard.resolve(message);
    });
    expect(await heard.promise).toMatch(/^Waiting for the store postgres:\S+: its server cannot be reached$/);
    await server.restart();
    const engine = await opening;
    expect(await engine.dialect.latestNumber(engine.reads)).toBe(0);
    await engine.close();
    expect(messages).toHaveLength(1);
  } finally {
    await server.remove();
  }
});
