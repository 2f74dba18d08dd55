import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RecordedRefusal } from '../../src/domain/redemption/recorded-refusal.ts';
import { customerSubject } from '../../src/gateway/attempts/customer-subject.ts';
import { eraseCustomer } from '../../src/store/customer-erasure.ts';
import type { Db } from '../../src/store/engines/engine.ts';
import { openEngine } from '../../src/store/engines/open-engine.ts';
import { COPIED, type CopiedName } from '../../src/store/transfer/copied-tables.ts';
import { STORES, type TestStore } from '../store/test-stores.ts';
import { runCommand } from '../support/processes/run-command.ts';
import { type Json, type RunningGateway, startGateway } from '../support/start-gateway.ts';

const CUSTOMER = `o'ne"il, %_é@shop.example`;
const OTHER = `x${CUSTOMER}`;
const CALLER = 'browser';

describe.each(STORES)('npm run forget-customer on %s', { timeout: 240_000 }, (_, createStore) => {
  let store: TestStore;
  let gateway: RunningGateway;
  beforeEach(async () => {
    store = await createStore();
    gateway = await startGateway({ settings: { DATABASE_URL: store.url } });
  });
  afterEach(async () => {
    await gateway.stop();
    await store.remove();
  });

  function command(...parameters: string[]) {
    return runCommand('forget-customer', parameters, gateway.variables);
  }

  async function create(code: string, rules: Record<string, unknown>): Promise<void> {
    const input = { provider: 'DURO', code, discount: { percentage: '10' }, allowGatewayRules: true, ...rules };
    await gateway.run('mutation ($input: CreatePromoCodeInput!) { createPromoCode(input: $input) { __typename } }', {
      input,
    });
  }

  async function redeem(customerId: string, order: string, code = 'LIMITED') {
    const { redeemPromoCode } = await gateway.run(
      `mutation ($input: RedeemPromoCodeInput!) { redeemPromoCode(input: $input) {
        __typename ... on RedemptionRefusedError { reason } } }`,
      { input: { code, customerId, order: { id: order }, idempotencyKey: `${customerId.length}-${order}` } },
    );
    return redeemPromoCode;
  }

  const counts = async (customerId: string) =>
    gateway.run(
      `query ($customerId: ID) { redemptions(filter: { customerId: $customerId }) { totalCount }
        promoCodeByCode(code: "LIMITED") { redeemedCount } }`,
      { customerId },
    );

  /** The rows of all tables that have this text, by table. */
  async function rowsWith(text: string, db?: Db): Promise<Record<string, number>> {
    if (!db) return gateway.gateway.store.snapshot((db) => rowsWith(text, db));
    const found: Record<string, number> = {};
    // As a column has it, as JSON has it, and as JSON in JSON has it.
    const inJson = (form: string) => JSON.stringify(form).slice(1, -1);
    const forms = [text, inJson(text), inJson(inJson(text))].map(inJson);
    for (const table of Object.keys(COPIED).filter((name): name is CopiedName => name in COPIED)) {
      const rows = await db.selectFrom(table).selectAll().execute();
      const having = rows.filter((row) => forms.some((form) => JSON.stringify(row).includes(form)));
      if (having.length > 0) found[table] = having.length;
    }
    return found;
  }

  /** Everything that a gateway stores about a customer. */
  async function use(customerId: string): Promise<void> {
    const { store, attemptLimiter } = gateway.gateway;
    await create(`BOUND-${customerId.length}`, { customerId });
    const attempt = { at: gateway.now(), caller: CALLER, customerId, address: '192.0.2.7', code: 'X', isCounted: true };
    await store.attempts.add({ ...attempt, reason: 'NOT_FOUND' });
    const begun = await attemptLimiter.begin([{ kind: 'customer', key: customerSubject(CALLER, customerId) }]);
    if ('count' in begun) await begun.count();
    const key = { key: 'key', mutation: 'redeemPromoCode', input_hash: '', provider: 'DURO' as const, leased_until: 0 };
    const owner = JSON.stringify([CALLER, customerId]);
    await store.transaction((db) =>
      db
        .insertInto('idempotency_keys')
        .values({ ...key, caller: owner, result_id: 'result', created_at: gateway.now(), code: null })
        .execute(),
    );
  }

  it('replaces the id everywhere, while a gateway goes on, and changes no count', async () => {
    await create('LIMITED', { perCustomerLimit: 250 });
    const orders = Array.from({ length: 250 }, (_, index) => `order-${index}`);
    await Promise.all(orders.map((order) => redeem(CUSTOMER, order)));
    await redeem(OTHER, 'one');
    expect(await redeem(CUSTOMER, 'one-more')).toMatchObject({ reason: 'CUSTOMER_LIMIT_REACHED' });
    for (const customer of [CUSTOMER, OTHER]) await use(customer);
    const before = await counts(OTHER);

    const shown = await command(CUSTOMER);
    expect(shown).toMatchObject({ code: 0, out: expect.stringMatching(/ 250 {2}redemptions\n.*Nothing has changed/s) });
    expect(await counts(CUSTOMER)).toMatchObject({ redemptions: { totalCount: 250 } });

    const running = command(CUSTOMER, '--yes');
    let made = 0;
    while ((await Promise.race([running, null])) === null) {
      made += 1;
      await redeem('somebody', `during-${made}`);
    }
    const { code, out, error } = await running;
    expect([code, error]).toEqual([0, '']);
    const [, replacement = ''] = /^Replaced by (forgotten-\S+)\.$/m.exec(out) ?? [];
    expect(out).toMatch(/ 250 {2}redemptions\n +1 {2}failed attempts\n/);

    const { redemptions, promoCodeByCode } = await counts(OTHER);
    expect(redemptions).toEqual(before.redemptions);
    expect(promoCodeByCode?.redeemedCount).toBe((before.promoCodeByCode?.redeemedCount ?? 0) + made);
    expect(await counts(CUSTOMER)).toMatchObject({ redemptions: { totalCount: 0 } });
    expect(await counts(replacement)).toMatchObject({ redemptions: { totalCount: 250 } });
    expect(await rowsWith(replacement)).toMatchObject({ redemptions: 250, attempts: 1, refusals: 1, promotions: 1 });
    // The replacement is one customer, whose limit is reached.
    expect(await redeem(replacement, 'another')).toMatchObject({ reason: 'CUSTOMER_LIMIT_REACHED' });
    const left = await rowsWith(CUSTOMER);
    expect(left).toEqual(await rowsWith(OTHER));
    expect(left).toMatchObject({ redemptions: 1, attempts: 1, promotions: 1, idempotency_keys: 1, attempt_limits: 1 });
  });

  it('keeps both uses if the customer uses an order again in the meantime', async () => {
    await create('LIMITED', {});
    const engine = await openEngine(store.address);
    for (const _ of [1, 2]) {
      await redeem(CUSTOMER, 'same');
      await gateway.gateway.store.transaction((db) => db.deleteFrom('idempotency_keys').execute());
      expect(await eraseCustomer(engine, CUSTOMER, 'replacement')).toMatchObject({ redemptions: 1 });
    }
    await engine.close();
    expect(await counts('replacement')).toMatchObject({
      redemptions: { totalCount: 1 },
      promoCodeByCode: { redeemedCount: 2 },
    });
    expect(await rowsWith(CUSTOMER)).toEqual({});
  });

  it('replaces the id in a refusal that a gateway writes later, but not in one of a customer who came back', async () => {
    const engine = await openEngine(store.address);
    await eraseCustomer(engine, CUSTOMER, 'replacement');
    await engine.close();
    const { refusals } = gateway.gateway.store;
    const refusal: Omit<RecordedRefusal, 'at' | 'customerId'> = {
      operation: 'QUOTE',
      caller: CALLER,
      requestId: null,
      code: 'X',
      promotionId: null,
      orderId: null,
      reason: 'NOT_FOUND',
      reasonGiven: 'NOT_FOUND',
      providers: [],
    };
    const [before, since] = [gateway.now() - 1000, gateway.now() + 60_000];
    await refusals.addAll([
      { ...refusal, at: before, customerId: CUSTOMER },
      { ...refusal, at: before, customerId: OTHER },
      { ...refusal, at: before, customerId: null },
      { ...refusal, at: since, customerId: CUSTOMER },
    ]);
    const { entries } = await refusals.page({}, { limit: 10, backwards: false });
    expect(entries.map(({ row }) => row.customerId)).toEqual([CUSTOMER, null, OTHER, 'replacement']);
    expect(await rowsWith(CUSTOMER)).toMatchObject({ refusals: 2 });
    await gateway.gateway.store.forgottenCustomers.deleteOld(gateway.now() + 8 * 24 * 60 * 60_000);
    expect(await rowsWith('replacement')).toEqual({ refusals: 1 });
  });

  it('replaces the id in metadata that a coupon had before', async () => {
    const metadata = { owner: CUSTOMER, other: OTHER, [CUSTOMER]: 'x', last: CUSTOMER };
    const { createCoupon }: Json = await gateway.run(
      `mutation ($metadata: JSONObject) { createCoupon(input: {
        provider: STRIPE_CONNECT, account: "acct_one", name: "One", discount: { percentage: "10" }, metadata: $metadata
      }) { ... on CreateCouponPayload { coupon { id } } } }`,
      { metadata },
    );
    const { id } = createCoupon.coupon;
    const run = (text: string): Promise<Json> => gateway.run(text, { id });
    await run('mutation ($id: ID!) { updateCoupon(input: { id: $id, metadata: { owner: "shop" } }) { __typename } }');
    expect(await rowsWith(CUSTOMER)).toEqual({ promotion_history: 2 });
    expect(await command(CUSTOMER, '--yes')).toMatchObject({ code: 0, out: expect.stringContaining(' 2  changes of') });
    const { node } = await run(
      'query ($id: ID!) { node(id: $id) { ... on Coupon { history { fields { before } } } } }',
    );
    const [{ before }] = node.history[0].fields;
    const kept: string[] = Object.values(JSON.parse(before));
    expect(kept).toEqual([expect.stringMatching(/^forgotten-/), OTHER, 'x', expect.stringMatching(/^forgotten-/)]);
    expect(await rowsWith(CUSTOMER)).toEqual(await rowsWith(OTHER));
  });

  it('names the codes that a provider keeps for the customer', async () => {
    const input = {
      provider: 'STRIPE_CONNECT',
      account: 'acct_one',
      code: 'KEPT',
      discount: { percentage: '10' },
      customerId: 'cus_kept',
    };
    await gateway.run('mutation ($input: CreatePromoCodeInput!) { createPromoCode(input: $input) { __typename } }', {
      input,
    });
    for (const parameters of [['cus_kept'], ['cus_kept', '--yes']]) {
      const { out } = await command(...parameters);
      expect(out).toMatch(
        /^STRIPE_CONNECT acct_one keeps the promo code KEPT \(\S+\) for the customer: archive it there\.$/m,
      );
    }
  });

  it('says that a call of the customer still runs', async () => {
    const key = { key: 'key', mutation: 'redeemPromoCode', input_hash: '', provider: 'DURO' as const, code: null };
    const running = { ...key, caller: JSON.stringify([CALLER, CUSTOMER]), result_id: null, created_at: gateway.now() };
    await gateway.gateway.store.transaction((db) =>
      db
        .insertInto('idempotency_keys')
        .values({ ...running, leased_until: gateway.now() + 1000 })
        .execute(),
    );
    expect(await command(CUSTOMER, '--yes')).toMatchObject({ code: 1, error: expect.stringContaining('a call runs') });
    expect(await rowsWith(CUSTOMER)).toEqual({ idempotency_keys: 1 });
  });

  it('prints its usage', async () => {
    for (const parameters of [[], ['one', 'two'], ['one', '--sure']]) {
      expect(await command(...parameters)).toMatchObject({ code: 1, error: expect.stringContaining('--yes') });
    }
  });
});
