import { duroClient } from '../../simulators/client.ts';
import { defined } from '../../support/defined.ts';
import { ask } from './answer-client.ts';
import { latestCodes, latestCoupons, TEXTS, type World } from './answer-world.ts';

const SECOND = 1000;

/** Something that changes what reads answer. `by`: which process does it. */
type Change = (world: World, by: 0 | 1, pick: number) => Promise<unknown>;

const one = <Item>(items: readonly Item[], pick: number) => items[pick % items.length];
const codeOf = (world: World, pick: number) => one(latestCodes(world), pick)?.code ?? 'NONE';

let names = 0;

export const CHANGES: Record<string, Change> = {
  createCode: async (world, by, pick) => {
    const provider = pick % 2 === 0 ? 'DURO' : 'FLEXPRICE';
    const shop = world.shops[by];
    const dates = pick % 8 < 4 ? { startsAt: shop.inSeconds(15) } : { expiresAt: shop.inSeconds(50) };
    const code = pick % 4 === 0 ? one(TEXTS, pick / 4)?.toUpperCase() : `CODE-${names++}`;
    const result = await shop.tryCreatePromoCode({
      ...{ provider, code, maxRedemptions: 3, allowGatewayRules: true, ...dates },
    });
    if (!result.promoCode) return;
    world.codes.push({ ...result.promoCode, provider });
    const { startsAt, expiresAt } = result.promoCode;
    const date = expiresAt ?? startsAt;
    if (date !== null) world.dates.push({ code: result.promoCode.code, at: Date.parse(date) });
  },
  createOnCoupon: async (world, by, pick) => {
    const shop = world.shops[by];
    if (world.coupons.length === 0 || pick % 3 === 0) {
      world.coupons.push((await shop.createCoupon({ maxRedemptions: 4 })).id);
    }
    const couponId = one(latestCoupons(world), pick);
    // What changes the coupon for one of them also changes it for the other.
    for (let count = 0; count < 2; count += 1) {
      const result = await shop.tryCreatePromoCode({ provider: 'STRIPE_CONNECT', couponId, code: `ON-${names++}` });
      if (result.promoCode) world.codes.push({ ...result.promoCode, provider: 'STRIPE_CONNECT' });
    }
  },
  redeem: (world, by, pick) => world.shops[by].redeem({ code: codeOf(world, pick), order: world.shops[by].newOrder() }),
  redeemCoupon: async (world, by, pick) => {
    const couponId = one(latestCoupons(world), pick);
    const shop = world.shops[by];
    return couponId !== undefined && shop.redeemCoupon({ couponId, order: shop.newOrder() });
  },
  archiveCoupon: async (world, by, pick) => {
    const id = one(latestCoupons(world), pick);
    return id !== undefined && pick % 3 === 0 && world.shops[by].tryArchiveCoupon({ id });
  },
  hold: async (world, by, pick) => {
    const holdSeconds = 30 + (pick % 60);
    const code = codeOf(world, pick);
    const { redemption } = await world.shops[by].hold({ code, holdSeconds });
    if (!redemption) return;
    world.holds.push(redemption.id);
    world.dates.push({ code, at: world.now() + holdSeconds * SECOND });
  },
  settle: async (world, by, pick) => {
    const id = world.holds.pop();
    if (id === undefined) return;
    await (pick % 2 === 0 ? world.shops[by].confirm(id) : world.shops[by].cancel(id));
  },
  update: async (world, by, pick) => {
    const id = one(latestCodes(world), pick)?.id;
    const update = one([{ active: pick % 4 < 2 }, { maxRedemptions: 2 + (pick % 3) }], pick);
    return id !== undefined && world.shops[by].tryUpdatePromoCode({ id, allowGatewayRules: true, ...update });
  },
  changeElsewhere: async (world, _, pick) => {
    const ofDuro = latestCodes(world).filter(({ provider }) => provider === 'DURO');
    const code = one(ofDuro, pick);
    if (!code) return;
    const headers = { 'idempotency-key': `elsewhere-${names++}` };
    const { duro } = world.remembering[0];
    await duroClient(duro)('PATCH', `/v1/promo-codes/${code.providerId}`, { active: pick % 2 === 0 }, headers);
  },
  readFresh: async (world, by, pick) => {
    const id = one(latestCodes(world), pick)?.id ?? 'none';
    const headers = world.credentials;
    await ask(world.remembering[by], `{ promoCode(id: "${id}", policy: FRESH) { code } }`, { headers });
  },
  wait: async (world, _, pick) => world.advance(defined(one([1, 20, 601], pick)) * SECOND),
  /** The clock arrives at the next date, or goes past it. */
  passDate: async (world, _, pick) => {
    const codes = new Set(latestCodes(world).map(({ code }) => code));
    const coming = world.dates.flatMap(({ code, at }) => (codes.has(code) && at > world.now() ? [at] : []));
    if (coming.length > 0) world.advance(Math.min(...coming) - world.now() + (pick % 2));
  },
};
