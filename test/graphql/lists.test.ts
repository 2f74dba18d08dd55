import { describe, expect, it } from 'vitest';
import { readNow } from '../store/store-parts.ts';
import { defined } from '../support/defined.ts';
import { sharedGateway } from '../support/gateways.ts';
import { openShop } from '../support/shop.ts';
import type { Json, RunningGateway } from '../support/start-gateway.ts';

const gateway = await sharedGateway();

const shop = openShop(gateway);
const inDays = (days: number) => shop.inSeconds(days * 86_400);

describe('a list', () => {
  it('pages forwards and backwards through each row once, in every order', async () => {
    for (let index = 0; index < 7; index += 1) {
      gateway.advance(1000);
      const expiresAt = index % 2 ? inDays(index) : undefined;
      await shop.createPromoCode({ code: `PAGE-${index}`, expiresAt });
    }
    for (const orderBy of ['CREATED_AT_DESC', 'CREATED_AT_ASC', 'EXPIRES_AT_ASC', 'REDEEMED_COUNT_DESC']) {
      const page = async (paging: string) =>
        (
          await gateway.run(`{ promoCodes(filter: { codePrefix: "page-" }, orderBy: ${orderBy}, ${paging}) {
            totalCount nodes { code } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`)
        ).promoCodes;
      const all = await page('first: 100');
      expect(all.totalCount).toBe(7);
      const forwards: Json[] = [];
      let next = await page('first: 3');
      forwards.push(...next.nodes);
      while (next.pageInfo.hasNextPage) {
        next = await page(`first: 3, after: "${next.pageInfo.endCursor}"`);
        forwards.push(...next.nodes);
      }
      expect(forwards).toEqual(all.nodes);
      const last = await page('last: 3');
      expect(last.nodes).toEqual(all.nodes.slice(-3));
      const before = await page(`last: 3, before: "${last.pageInfo.startCursor}"`);
      expect(before.nodes).toEqual(all.nodes.slice(1, 4));
      expect(before.pageInfo).toMatchObject({ hasPreviousPage: true, hasNextPage: true });
    }
  });

  it('sorts codes without an expiry last', async () => {
    const { promoCodes } = await gateway.run(
      '{ promoCodes(filter: { codePrefix: "PAGE-" }, orderBy: EXPIRES_AT_ASC) { nodes { expiresAt } } }',
    );
    const dates = defined(promoCodes).nodes.map(({ expiresAt }) => expiresAt);
    expect(dates.slice(-4)).toEqual([null, null, null, null]);
    expect(dates.slice(0, 3)).toEqual([...dates.slice(0, 3)].sort());
  });

  it('filtered by status has the rows that show that status, and each row has one', async () => {
    const statuses = ['ACTIVE', 'SCHEDULED', 'EXPIRED', 'EXHAUSTED', 'INACTIVE'];
    const { code } = await shop.createPromoCode({ maxRedemptions: 1 });
    await shop.redeem({ code });
    await shop.createPromoCode({ provider: 'FLEXPRICE', startsAt: inDays(30) });
    await shop.createPromoCode({ expiresAt: inDays(0.001) });
    const { id } = await shop.createPromoCode();
    await shop.update({ id, active: false });
    gateway.advance(100_000);
    const list = async (filter: string) =>
      (await gateway.run(`{ promoCodes(first: 100${filter}) { totalCount nodes { status } } }`)).promoCodes;
    let counted = 0;
    for (const status of statuses) {
      const { totalCount, nodes } = await list(`, filter: { status: [${status}] }`);
      expect(nodes.length).toBeGreaterThan(0);
      expect(new Set(nodes.map((node: Json) => node.status))).toEqual(new Set([status]));
      counted += totalCount;
    }
    expect(counted).toBe((await list('')).totalCount);
  });

  it('can be filtered by provider, status, coupon, name and dates', async () => {
    const coupon = await shop.createCoupon({ name: 'Needle in the HAY' });
    const terms = { couponId: coupon.id, expiresAt: inDays(1) };
    const promoCode = await shop.createPromoCode({ provider: 'STRIPE_CONNECT', ...terms });
    const count = async (filter: string) =>
      (await gateway.run(`{ promoCodes(filter: { ${filter} }) { nodes { id provider status } } }`)).promoCodes.nodes;
    expect(await count(`couponId: "${coupon.id}"`)).toMatchObject([{ id: promoCode.id }]);
    expect(await count(`code: " ${promoCode.code.toLowerCase()} "`)).toMatchObject([{ id: promoCode.id }]);
    const stripe = await count('provider: [STRIPE_CONNECT]');
    expect(stripe.every(({ provider }: Json) => provider === 'STRIPE_CONNECT')).toBe(true);
    expect(await count(`couponId: "${coupon.id}", expiresBefore: "${inDays(2)}"`)).toHaveLength(1);
    expect(await count(`couponId: "${coupon.id}", expiresBefore: "${inDays(0.5)}"`)).toHaveLength(0);
    expect(await count(`couponId: "${coupon.id}", createdBefore: "${inDays(-1)}"`)).toHaveLength(0);
    const inactive = await count('status: [INACTIVE, SCHEDULED]');
    expect(inactive.length).toBeGreaterThan(0);
    expect(inactive.every(({ status }: Json) => status === 'INACTIVE' || status === 'SCHEDULED')).toBe(true);
    const { coupons } = await gateway.run('{ coupons(filter: { nameContains: "hay" }) { nodes { id } } }');
    expect(coupons?.nodes).toEqual([{ id: coupon.id }]);
  });

  it('with an empty filter value is empty', async () => {
    const lists = await gateway.run(`{
      none: promoCodes(filter: { provider: [] }) { totalCount nodes { id } }
      noCoupon: promoCodes(filter: { couponId: "" }) { totalCount nodes { id } }
      noCustomer: redemptions(filter: { customerId: "" }) { totalCount nodes { id } }
      noOrder: redemptions(filter: { orderId: "" }) { totalCount nodes { id } }
      noPromotion: redemptions(filter: { promotionId: "" }) { totalCount nodes { id } }
    }`);
    for (const list of Object.values(lists)) expect(list).toEqual({ totalCount: 0, nodes: [] });
  });

  it('accepts up to 30 accounts', async () => {
    const query =
      'query ($account: [ID!]) { promoCodes(filter: { account: $account }, first: 1) { totalCount nodes { account } } }';
    const others = Array.from({ length: 29 }, (_, index) => `acct_${index}`);
    const { promoCodes } = await gateway.run(query, { account: ['default', ...others] });
    expect(promoCodes).toMatchObject({ totalCount: expect.any(Number), nodes: [{ account: 'default' }] });
    const { errors } = await gateway.send(query, { account: ['default', 'acct_one', ...others] });
    expect(errors).toMatchObject([
      { extensions: { issues: [{ path: ['filter', 'account'], message: expect.stringContaining('at most 30') }] } },
    ]);
  });
});

/** Saves more coupons than one page may read. Only the oldest has the searched name. */
async function saveManyCoupons({ store, clock }: RunningGateway['gateway']): Promise<void> {
  const terms = {
    discount: { kind: 'PERCENTAGE', percentage: '25' },
    duration: { kind: 'ONCE' },
    active: true,
  } as const;
  const rest = { maxRedemptions: null, redeemedCount: 0, startsAt: null, expiresAt: null, metadata: null };
  const read = await readNow(store.promotions, clock());
  await store.transaction(async (db) => {
    for (let number = 0; number < 10_050; number += 1) {
      const name = number === 0 ? 'The needle' : 'Hay';
      const facts = {
        ...terms,
        ...rest,
        kind: 'Coupon' as const,
        providerId: `hay-${number}`,
        name,
        createdAt: number,
      };
      await store.promotions.save({ provider: 'FLEXPRICE', account: 'default' }, facts, read, db);
    }
  });
}

it('a page examines at most 10,000 rows, and its cursors continue from there in both directions', async () => {
  await saveManyCoupons(gateway.gateway);
  const page = async (paging: string, orderBy: string) =>
    (
      await gateway.run(`{ coupons(filter: { nameContains: "THE NEEDLE" }, orderBy: ${orderBy}, ${paging}) {
        nodes { name } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount totalCountPrecision } }`)
    ).coupons;
  const first = await page('first: 10', 'CREATED_AT_DESC');
  // The page has not reached the only match.
  const notCounted = { totalCount: 0, totalCountPrecision: 'AT_LEAST' };
  expect(first).toMatchObject({ nodes: [], ...notCounted, pageInfo: { hasNextPage: true, hasPreviousPage: false } });
  const second = await page(`first: 10, after: "${first.pageInfo.endCursor}"`, 'CREATED_AT_DESC');
  expect(second).toMatchObject({ nodes: [{ name: 'The needle' }], pageInfo: { hasNextPage: false } });

  const last = await page('last: 10', 'CREATED_AT_ASC');
  expect(last).toMatchObject({ nodes: [], pageInfo: { hasPreviousPage: true } });
  const before = await page(`last: 10, before: "${last.pageInfo.startCursor}"`, 'CREATED_AT_ASC');
  expect(before).toMatchObject({ nodes: [{ name: 'The needle' }], pageInfo: { hasPreviousPage: false } });
});
