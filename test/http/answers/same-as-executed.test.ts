import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { PROVIDERS } from '../../../src/domain/promotion/promotion.ts';
import { duroClient } from '../../simulators/client.ts';
import { CHOSEN_STORES } from '../../store/test-stores.ts';
import { defined } from '../../support/defined.ts';
import { openShop } from '../../support/shop.ts';
import { type RunningGateway, startGateway } from '../../support/start-gateway.ts';
import { ask } from './answer-client.ts';

const RUNS = Number(process.env.ANSWER_RUNS ?? 2);
const STEPS = 25;
const SECOND = 1000;
/** Facts stay fresh for long, so that mostly dates, holds and changes end answers. */
const SETTINGS = {
  ANSWER_CACHE_BYTES: '10000000',
  ...Object.fromEntries(PROVIDERS.map((provider) => [`${provider}_MAX_AGE_SECONDS`, '600'])),
};

/** Two processes on one store, their shared providers, and what exists at the providers. */
interface World {
  gateways: readonly RunningGateway[];
  codes: { id: string; code: string; providerId: string; provider: string }[];
  coupons: string[];
  holds: string[];
  advance(milliseconds: number): void;
}

/** Something that changes what reads answer. `by`: which process does it. */
type Change = (world: World, by: number, pick: number) => Promise<unknown>;

const shopOf = ({ gateways }: World, by: number) => openShop(defined(gateways[by]));
const one = <Item>(items: readonly Item[], pick: number) => items[pick % items.length];

let texts = 0;

const CHANGES: Record<string, Change> = {
  createCode: async (world, by, pick) => {
    const provider = pick % 2 === 0 ? 'DURO' : 'FLEXPRICE';
    const dates = pick % 3 === 0 ? { startsAt: shopOf(world, by).inSeconds(15) } : {};
    const ends = pick % 3 === 1 ? { expiresAt: shopOf(world, by).inSeconds(50) } : {};
    const code = pick % 4 === 0 ? `TEXT-${texts++ % 4}` : `CODE-${texts++}`;
    const result = await shopOf(world, by).tryCreatePromoCode({
      ...{ provider, code, maxRedemptions: 3, allowGatewayRules: true, ...dates, ...ends },
    });
    if (result.promoCode) world.codes.push({ ...result.promoCode, provider });
  },
  createOnCoupon: async (world, by, pick) => {
    const shop = shopOf(world, by);
    if (world.coupons.length < 2) world.coupons.push((await shop.createCoupon({ maxRedemptions: 4 })).id);
    const couponId = one(world.coupons, pick);
    const result = await shop.tryCreatePromoCode({ provider: 'STRIPE_CONNECT', couponId, code: `ON-${texts++}` });
    if (result.promoCode) world.codes.push({ ...result.promoCode, provider: 'STRIPE_CONNECT' });
  },
  redeem: async (world, by, pick) => {
    const code = one(world.codes, pick)?.code ?? 'NONE';
    return shopOf(world, by).redeem({ code, order: shopOf(world, by).newOrder() });
  },
  hold: async (world, by, pick) => {
    const code = one(world.codes, pick)?.code ?? 'NONE';
    const { redemption } = await shopOf(world, by).hold({ code, holdSeconds: 30 + (pick % 60) });
    if (redemption) world.holds.push(redemption.id);
  },
  settle: async (world, by, pick) => {
    const id = world.holds.pop();
    if (id === undefined) return;
    await (pick % 2 === 0 ? shopOf(world, by).confirm(id) : shopOf(world, by).cancel(id));
  },
  update: async (world, by, pick) => {
    const id = one(world.codes, pick)?.id;
    const update = one([{ active: pick % 2 === 0 }, { maxRedemptions: 2 + (pick % 3) }], pick);
    return id !== undefined && shopOf(world, by).tryUpdatePromoCode({ id, allowGatewayRules: true, ...update });
  },
  changeElsewhere: async (world, _, pick) => {
    const code = one(
      world.codes.filter(({ provider }) => provider === 'DURO'),
      pick,
    );
    if (!code) return;
    const { duro } = defined(world.gateways[0]);
    const headers = { 'idempotency-key': `elsewhere-${texts++}` };
    await duroClient(duro)('PATCH', `/v1/promo-codes/${code.providerId}`, { active: pick % 2 === 0 }, headers);
  },
  readFresh: async (world, by, pick) => {
    const id = one(world.codes, pick)?.id ?? 'none';
    await ask(defined(world.gateways[by]), `{ promoCode(id: "${id}", policy: FRESH) { code } }`);
  },
  wait: async (world, _, pick) => world.advance(defined(one([5, 20, 45, 601], pick)) * SECOND),
};

/** The reads whose answers are compared. */
function readsOf({ codes, coupons }: World): string[] {
  const fields = 'id status maxRedemptions redeemedCount heldCount remaining gatewayRules freshness { stale }';
  return [
    ...codes.slice(-4).map(({ id }) => `{ promoCode(id: "${id}") { code ${fields} coupon { ${fields} } } }`),
    ...codes.slice(-4).map(({ id }) => `{ node(id: "${id}") { ... on PromoCode { status remaining } } }`),
    ...coupons.map((id) => `{ coupon(id: "${id}") { ${fields} promoCodes { totalCount nodes { code ${fields} } } } }`),
    ...[0, 1, 2, 3].map((text) => `{ promoCodeByCode(code: "text-${text}") { ${fields} } }`),
    '{ promoCodes(filter: { status: ACTIVE }) { totalCount nodes { code status remaining } } }',
    '{ promoCodes(filter: { provider: DURO }, orderBy: REDEEMED_COUNT_DESC) { nodes { id redeemedCount } } }',
    '{ coupons { totalCount nodes { id remaining heldCount } } }',
  ];
}

async function openWorld(store: (typeof CHOSEN_STORES)[number][1]): Promise<World & { close(): Promise<void> }> {
  const first = await startGateway({ store, settings: SETTINGS });
  const second = await startGateway({ settings: first.variables });
  second.advance(first.now() - second.now());
  const gateways = [first, second];
  return {
    gateways,
    codes: [],
    coupons: [],
    holds: [],
    advance: (milliseconds) => {
      for (const gateway of gateways) gateway.advance(milliseconds);
    },
    close: async () => {
      await second.stop();
      await first.stop();
    },
  };
}

/** Compares each answer from memory with an execution of the same read. @returns how many came from memory */
async function compare(world: World, gateway: RunningGateway): Promise<number> {
  let hits = 0;
  for (const query of readsOf(world)) {
    const given = await ask(gateway, query);
    if (!given.isHit) continue;
    hits += 1;
    // With another text, the same operation is not known.
    const executed = await ask(gateway, `${query} # ${texts++}`);
    expect(executed.isHit).toBe(false);
    expect({ query, answer: JSON.parse(given.body) }).toEqual({ query, answer: JSON.parse(executed.body) });
  }
  return hits;
}

it.each(CHOSEN_STORES)('every answer from memory is what an execution gives, on %s', async (engine, store) => {
  // On a server, a process may learn a moment later what another one has committed.
  const soon = (check: () => Promise<number>) => (engine === 'SQLite' ? check() : vi.waitFor(check, 10_000));
  const names = Object.keys(CHANGES);
  const step = fc.record({ name: fc.constantFrom(...names), by: fc.nat(1), pick: fc.nat(1000) });
  let hits = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: STEPS, maxLength: 2 * STEPS }), async (steps) => {
      const world = await openWorld(store);
      try {
        for (const { name, by, pick } of steps) {
          await CHANGES[name]?.(world, by, pick);
          const [own, other] = by === 0 ? world.gateways : world.gateways.toReversed();
          hits += await compare(world, defined(own));
          hits += await soon(() => compare(world, defined(other)));
        }
      } finally {
        await world.close();
      }
    }),
    { numRuns: RUNS },
  );
  expect(hits).toBeGreaterThan(RUNS * STEPS);
});
