import { PROVIDERS } from '../../../src/domain/promotion/promotion.ts';
import { makeKeys } from '../../support/credentials/keys.ts';
import { freshGateway } from '../../support/gateways.ts';
import { openShop, type Shop } from '../../support/shop.ts';
import type { Json, RunningGateway, StartOptions } from '../../support/start-gateway.ts';

export const DAY = 24 * 60 * 60_000;
export const TAKEN = { __typename: 'RedeemPayload' };
/** A limit that tests do not reach. */
export const PLENTY = { ATTEMPTS_PER_CUSTOMER: '1000' };

const keys = makeKeys({
  shop: 'quote+redeem',
  desk: 'read+quote+redeem',
  owner: 'manage+read+redeem',
  ops: 'operate',
  all: 'read+operate',
  bound: 'operate:DURO',
});
export type Caller = 'shop' | 'desk' | 'owner' | 'ops' | 'all' | 'bound';

let number = 0;

/** Starts a gateway with callers of every kind for the running test. Slowed attempts do not wait. */
export async function start(settings: Record<string, string> = {}, options: StartOptions = {}) {
  const gateway = await freshGateway({
    settings: { ...keys.settings, ...settings },
    sleep: async () => {},
    ...options,
  });
  const shopOf = (caller: Caller, headers = {}): Shop => openShop(gateway, { ...keys.of(caller), ...headers });
  const redeem = (code: string, more: Json = {}, by = shopOf('shop')): Promise<Json> => by.redeem({ code, ...more });
  const create = (input: Json) => shopOf('owner').createPromoCode(input);
  /** One failed attempt by a shop that may not look codes up. */
  const fail = (customerId?: string, headers?: Record<string, string>) =>
    redeem(`NONE-${++number}`, { customerId }, shopOf('shop', headers));
  return {
    gateway,
    keys,
    shopOf,
    redeem,
    create,
    fail,
    makeDeadCodes: () => makeDeadCodes(gateway, shopOf('owner')),
    /** Makes several failed attempts, and returns the distinct reasons. */
    async failing(times: number, customerId?: string, headers?: Record<string, string>): Promise<string[]> {
      const reasons = new Set<string>();
      for (let tries = 0; tries < times; tries += 1) reasons.add((await fail(customerId, headers)).reason);
      return [...reasons];
    },
  };
}

/** Creates one unusable code of each kind at each provider. Returns the reason for each code. */
async function makeDeadCodes(gateway: RunningGateway, owner: Shop): Promise<Record<string, string>> {
  const reasons: Record<string, string> = {};
  for (const provider of PROVIDERS) {
    const name = provider.slice(0, 3);
    const soon = new Date(gateway.now() + 1000).toISOString();
    await owner.createPromoCode({ provider, code: `${name}-OVER`, expiresAt: soon });
    await owner.createPromoCode({ provider, code: `${name}-USED`, maxRedemptions: 1 });
    await owner.redeem({ code: `${name}-USED` });
    await owner.createPromoCode({ provider, code: `${name}-THEIRS`, customerId: 'cus_them' });
    await owner.createPromoCode({
      provider,
      code: `${name}-LATER`,
      startsAt: new Date(gateway.now() + DAY).toISOString(),
    });
    const { id } = await owner.createPromoCode({ provider, code: `${name}-OFF` });
    await owner.update({ id, active: false });
    Object.assign(reasons, {
      [`${name}-OVER`]: 'EXPIRED',
      [`${name}-USED`]: 'EXHAUSTED',
      [`${name}-THEIRS`]: 'CUSTOMER_NOT_ELIGIBLE',
      [`${name}-LATER`]: 'NOT_STARTED',
      [`${name}-OFF`]: 'INACTIVE',
      [`${name}-NONE`]: 'NOT_FOUND',
    });
  }
  gateway.advance(1000);
  return reasons;
}
