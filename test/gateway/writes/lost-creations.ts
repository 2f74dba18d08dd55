import { chatdashClient, idOf } from '../../simulators/client.ts';
import { freshGateway } from '../../support/gateways.ts';
import { recoverOnce, synchroniseOnce } from '../../support/rounds.ts';
import { openShop } from '../../support/shop.ts';
import type { Json, RunningGateway, StartOptions } from '../../support/start-gateway.ts';

export const MINUTE = 60_000;
export const DAY = 24 * 60 * MINUTE;
export const LOST = { kind: 'hang-up', commit: true, method: 'POST' } as const;
export const NEVER_ARRIVED = { kind: 'hang-up', method: 'POST' } as const;
/** The paths of ChatDash's coupons and codes. */
export const COUPONS = /coupons$/;
export const CODES = /promotion-codes$/;

/** Starts a gateway for the running test. */
export async function start(options: StartOptions = {}) {
  const gateway = await freshGateway(options);
  return { gateway, ...creationsOf(gateway) };
}

/** Creations at ChatDash through a gateway, and their recovery. */
export function creationsOf(gateway: RunningGateway) {
  const shop = openShop(gateway);
  const ask = (method: string, path: string, data: Json) =>
    chatdashClient(gateway.chatdash, 'acct_one')(method, path, { data });
  return {
    /** Creates the coupon Spring under the idempotency key "spring". */
    createCoupon: (input: Json = {}) => shop.tryCreateCoupon({ name: 'Spring', idempotencyKey: 'spring', ...input }),
    createCode: (input: Json) => shop.tryCreatePromoCode({ provider: 'STRIPE_CONNECT', ...input }),
    outcomes: () => recoverOnce(gateway),
    sync: () => synchroniseOnce(gateway, 'STRIPE_CONNECT'),
    /** The calls that created something at ChatDash. */
    posts: (path: RegExp) => gateway.chatdash.calls.filter((call) => call.method === 'POST' && path.test(call.path)),
    /** Sends a call to ChatDash itself. */
    ask,
    /** Creates a coupon at ChatDash itself, by default one like the coupon Spring. */
    couponAtChatdash: (terms: Json = {}) =>
      ask('POST', '/coupons', { name: 'Spring', percent_off: 10, duration: 'once', ...terms }).then(idOf),
  };
}
