import { expect, it, onTestFinished } from 'vitest';
import { freshGateway } from '../../support/gateways.ts';
import { Relay } from '../../support/postgres/relay.ts';
import { createDatabase } from '../../support/postgres/test-database.ts';
import { openShop } from '../../support/shop.ts';
import { ask } from './answer-client.ts';

const NO_STORE = '{ __typename }';

/** A gateway behind a relay, and another one with its own way to the same database. */
async function openGateways() {
  const { url, drop } = await createDatabase();
  onTestFinished(drop);
  const relay = await Relay.start(url);
  onTestFinished(() => relay.close());
  const other = await freshGateway({ settings: { DATABASE_URL: url } });
  const settings = { ...other.variables, DATABASE_URL: relay.url, ANSWER_CACHE_BYTES: '10000000' };
  return { relay, other, gateway: await freshGateway({ settings }) };
}

it('while a server does not answer, a query that needs no store is answered, and no other from memory', async () => {
  const { relay, other, gateway } = await openGateways();
  const shop = openShop(other);
  const { id, code } = await shop.createPromoCode();
  const read = `{ promoCode(id: "${id}") { redeemedCount } }`;
  for (const query of [NO_STORE, read]) {
    await ask(gateway, query);
    // In memory, the answer is given while the last look at the store is recent.
    while (!(await ask(gateway, query)).isHit);
  }

  relay.block();
  const givenUp = relay.left().then(() => 'The gateway has given a connection up');
  const askWithoutStore = () => Promise.race([ask(gateway, NO_STORE), givenUp]);
  let given = await askWithoutStore();
  while (typeof given !== 'string' && given.isHit) given = await askWithoutStore();
  expect(given).toMatchObject({ isHit: false, body: '{"data":{"__typename":"Query"}}' });

  await shop.redeem({ code });
  const reading = ask(gateway, read);
  expect(await askWithoutStore()).toMatchObject({ isHit: false, status: 200 });
  relay.forward();
  expect(JSON.parse((await reading).body)).toEqual({ data: { promoCode: { redeemedCount: 1 } } });
  while (!(await ask(gateway, NO_STORE)).isHit);
});
