import { makeKeys } from '../../support/credentials/keys.ts';
import { freshGateway } from '../../support/gateways.ts';
import { openShop, type Shop } from '../../support/shop.ts';
import type { Json } from '../../support/start-gateway.ts';

export const keys = makeKeys({
  shop: 'quote+redeem',
  other: 'quote+redeem',
  owner: 'manage+read+redeem',
  ops: 'operate',
  bound: 'operate+quote:DURO',
});
/** The failed attempts that a caller has, unless a test sets ATTEMPTS_PER_CALLER. */
export const LIMIT = 20;
export const REFUSED = { reason: 'NOT_REDEEMABLE' };
export const SHUT_OUT = { reason: 'TOO_MANY_ATTEMPTS' };

let number = 0;

/** Starts a gateway with the codes GOOD and BETTER for the running test, and opens the shop of one of its callers. */
export async function start(settings: Record<string, string> = {}) {
  const slowed: { delays: number[]; wait: () => Promise<void> } = {
    /** The delays of slowed attempts, in milliseconds. */
    delays: [],
    /** The wait of slowed attempts. */
    wait: async () => {},
  };
  const gateway = await freshGateway({
    settings: { ...keys.settings, ATTEMPTS_PER_CALLER: String(LIMIT), ...settings },
    sleep: (milliseconds) => {
      slowed.delays.push(milliseconds);
      return slowed.wait();
    },
  });
  const owner = openShop(gateway, keys.of('owner'));
  for (const code of ['GOOD', 'BETTER']) await owner.createPromoCode({ code });
  const shop = openShop(gateway, keys.of('shop'));
  return { gateway, slowed, shop, other: openShop(gateway, keys.of('other')) };
}

/** Makes failed attempts, each for a new invented customer. */
export async function fail(times: number, shop: Shop): Promise<Json[]> {
  const answers = [];
  for (let tries = 0; tries < times; tries += 1) {
    const customerId = `invented-${++number}`;
    answers.push(await shop.redeem({ code: `NONE-${number}`, customerId }));
  }
  return answers;
}

/** Makes ten failed attempts for a customer, which is all that one has. */
export async function failAs(customerId: string, shop: Shop): Promise<void> {
  for (let tries = 0; tries < 10; tries += 1) await shop.redeem({ code: 'NONE', customerId });
}
