import { describe, expect, it, onTestFinished } from 'vitest';
import { promotionId } from '../../../src/domain/promotion/identity.ts';
import { startStripeSimulator } from '../../../src/simulators/stripe/index.ts';
import { officialClient } from '../../simulators/stripe/open-stripe.ts';
import type { CreateStore } from '../../store/test-stores.ts';
import { STORES } from '../../store/test-stores.ts';
import { freshGateway } from '../../support/gateways.ts';
import { openShop } from '../../support/shop.ts';

const SECRET = 'whsec_of_the_shop';
const CODE = '{ id code status redeemedCount account }';

/** A gateway, a simulated Stripe that delivers to it after `connect`, and the dashboard: Stripe's own client. */
async function openDashboard(store: CreateStore, { useEvents }: { useEvents?: 'sent' } = {}) {
  const simulator = await startStripeSimulator({ ...(useEvents && { switches: { useEvents } }) });
  onTestFinished(() => simulator.close());
  const gateway = await freshGateway({
    store,
    settings: {
      STRIPE_BASE_URL: simulator.url,
      STRIPE_WEBHOOK_SECRET: SECRET,
      STRIPE_ACCOUNTS: 'platform,acct_shop',
    },
  });
  const connect = () =>
    simulator.addWebhook({ url: new URL('/webhooks/stripe', gateway.url).href, secrets: ['whsec_old', SECRET] });
  /** Waits until everything is delivered, processed and read. */
  const takenIn = async () => {
    const statuses = await simulator.delivered();
    await gateway.gateway.eventRuns.settled();
    await gateway.gateway.reads.settled();
    return statuses;
  };
  const readStored = async (id: string) => {
    const { promoCode } = await gateway.run(`query ($id: ID!) { promoCode(id: $id, policy: CACHE_ONLY) ${CODE} }`, {
      id,
    });
    return promoCode;
  };
  const dashboard = officialClient(simulator);
  return { simulator, gateway, shop: openShop(gateway), dashboard, connect, takenIn, readStored };
}

const idOf = (providerId: string, account = 'platform') =>
  promotionId({ kind: 'PromoCode', provider: 'STRIPE', account, providerId });

describe.each(STORES)('with a store on %s, a webhook of Stripe', (_, store) => {
  it('has a code refused that was switched off in the dashboard', async () => {
    const { shop, simulator, dashboard, takenIn, connect } = await openDashboard(store);
    connect();
    const { code } = await shop.createPromoCode({ provider: 'STRIPE' });
    const order = { amount: { minorUnits: 5000, currency: 'USD' } };
    expect(await shop.quote({ code, order: shop.newOrder(order) })).toMatchObject({ eligible: true });
    const [made] = simulator.promoCodes();
    await takenIn();
    await dashboard.promotionCodes.update(made?.id ?? '', { active: false });
    // At once, without waiting for what the event still causes in the background.
    expect(await simulator.delivered()).toEqual([202]);
    const refused = await shop.redeem({ code, order: shop.newOrder(order) });
    expect(refused).toMatchObject({ reason: 'INACTIVE' });
  });

  it('shows a new code of each account before anyone asks for it', async () => {
    const { dashboard, takenIn, readStored, connect } = await openDashboard(store);
    connect();
    for (const [stripeAccount, account] of [
      [undefined, 'platform'],
      ['acct_shop', 'acct_shop'],
    ] as const) {
      const coupon = await dashboard.coupons.create({ percent_off: 20 }, { stripeAccount });
      const promotion = { type: 'coupon' as const, coupon: coupon.id };
      const { id } = await dashboard.promotionCodes.create({ promotion, code: 'FRESH' }, { stripeAccount });
      expect(await takenIn()).toEqual([202, 202]);
      expect(await readStored(idOf(id, account))).toMatchObject({ code: 'FRESH', account, status: 'ACTIVE' });
    }
  });

  it('of an account that is not configured changes nothing', async () => {
    const { simulator, gateway, dashboard, takenIn, connect } = await openDashboard(store);
    connect();
    await dashboard.coupons.create({ percent_off: 20 }, { stripeAccount: 'acct_other' });
    const before = simulator.calls.length;
    expect(await takenIn()).toEqual([200]);
    expect(simulator.calls).toHaveLength(before);
    expect(gateway.logged).toContainEqual([
      'info',
      'A webhook was delivered',
      expect.objectContaining({ provider: 'STRIPE', outcome: 'UNKNOWN_ACCOUNT' }),
    ]);
  });

  it('that is late, out of order or repeated shows the state of now', async () => {
    const { shop, simulator, dashboard, takenIn, readStored, connect } = await openDashboard(store, {
      useEvents: 'sent',
    });
    const { id } = await shop.createPromoCode({ provider: 'STRIPE' });
    const [made] = simulator.promoCodes();
    const providerId = made?.id ?? '';
    simulator.redeem(providerId, 2);
    await dashboard.promotionCodes.update(providerId, { active: false });
    await dashboard.promotionCodes.update(providerId, { active: true });
    const events = simulator.events().toReversed();
    const redeliver = () => {
      for (const event of events) simulator.redeliver(event.id);
    };
    connect();
    redeliver();
    expect(await takenIn()).toEqual(events.map(() => 202));
    const now = { status: 'ACTIVE', redeemedCount: 2 };
    expect(await readStored(id)).toMatchObject(now);
    const before = simulator.calls.length;
    redeliver();
    expect(await takenIn()).toEqual(events.map(() => 200));
    expect(simulator.calls).toHaveLength(before);
    expect(await readStored(id)).toMatchObject(now);
  });

  it('about a deleted coupon has its codes read at their next use', async () => {
    const { shop, gateway, dashboard, takenIn, connect } = await openDashboard(store);
    connect();
    const { id, coupon } = await gatewayCode(shop, gateway);
    await takenIn();
    await dashboard.coupons.del(coupon);
    expect(await takenIn()).toEqual([202]);
    expect(await gateway.gateway.store.promotions.get(id, gateway.now())).toMatchObject({ isDue: true });
  });
});

async function gatewayCode(shop: ReturnType<typeof openShop>, gateway: Awaited<ReturnType<typeof freshGateway>>) {
  const { id } = await shop.createPromoCode({ provider: 'STRIPE' });
  const stored = await gateway.gateway.store.promotions.getPromoCode(id, gateway.now());
  const coupon = stored?.couponId && (await gateway.gateway.store.promotions.get(stored.couponId, gateway.now()));
  if (!coupon) throw new Error('the code has no coupon');
  return { id, coupon: coupon.providerId };
}
