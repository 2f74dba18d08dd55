import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { fillStore } from '../bench/many-promotions.ts';
import { type RunningGateway, startGateway } from '../support/start-gateway.ts';

const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-large-reads-'));
let gateway: RunningGateway;
let ids: string[];
beforeAll(async () => {
  const file = join(folder, 'gateway.db');
  await fillStore(file, 10_100);
  const fresh = {
    DURO_MAX_AGE_SECONDS: '36000',
    FLEXPRICE_MAX_AGE_SECONDS: '36000',
    CHATDASH_MAX_AGE_SECONDS: '36000',
  };
  gateway = await startGateway({ settings: { DATABASE_URL: file, ...fresh } });
  const { promotionList } = gateway.gateway.store;
  const slice = { limit: 1000, backwards: false };
  const page = await promotionList.page({ kind: 'PromoCode' }, 'CREATED_AT_DESC', slice, gateway.now());
  ids = page.entries.map(({ row }) => row.id);
});
afterEach(() => vi.restoreAllMocks());
afterAll(async () => {
  await gateway.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('the count of a list is exact up to 10,000 rows, a lower bound above, and computed once', async () => {
  const count = vi.spyOn(gateway.gateway.store.promotionList, 'count');
  const lists = await gateway.run(`{
    long: promoCodes(first: 0) { totalCount totalCountPrecision again: totalCount }
    short: coupons(first: 0) { totalCount totalCountPrecision }
    none: redemptions(first: 0) { totalCountPrecision }
  }`);
  expect(lists).toEqual({
    long: { totalCount: 10_000, totalCountPrecision: 'AT_LEAST', again: 10_000 },
    short: { totalCount: 11, totalCountPrecision: 'EXACT' },
    none: { totalCountPrecision: 'EXACT' },
  });
  expect(count).toHaveBeenCalledTimes(2);
});

it('fifty counts in one operation cost less than the default limit', async () => {
  const aliases = Array.from({ length: 50 }, (_, index) => `a${index}: promoCodes(first: 0) { totalCount }`);
  const counts = await gateway.run(`{ ${aliases.join(' ')} }`);
  expect(Object.values(counts)).toEqual(Array(50).fill({ totalCount: 10_000 }));
});

/** Counts the turns of the event loop. */
function watchTurns() {
  let turn = 0;
  let isOver = false;
  const ticking = (async () => {
    for (; !isOver; turn += 1) await setImmediate();
  })();
  return {
    now: () => turn,
    stop: () => {
      isOver = true;
      return ticking;
    },
  };
}

/** Records each read of the store: its turn of the event loop, and the number of ids. */
function watchReads(): { reads: { turn: number; ids: number }[]; stop: () => Promise<void> } {
  const { promotions } = gateway.gateway.store;
  const reads: { turn: number; ids: number }[] = [];
  const { now: turn, stop } = watchTurns();
  const getMany = promotions.getMany.bind(promotions);
  vi.spyOn(promotions, 'getMany').mockImplementation((asked, ...rest) => {
    reads.push({ turn: turn(), ids: asked.length });
    return getMany(asked, ...rest);
  });
  return { reads, stop };
}

it('fifty quotes in one operation run in small batches, each in its own turn of the event loop', async () => {
  const { ledger } = gateway.gateway.store;
  const turns = watchTurns();
  const judged: number[] = [];
  const quote = ledger.quote.bind(ledger);
  vi.spyOn(ledger, 'quote').mockImplementation((...asked) => {
    judged.push(turns.now());
    return quote(...asked);
  });
  const { node } = await gateway.run('query ($id: ID!) { node(id: $id) { __typename ... on PromoCode { code } } }', {
    id: ids[0],
  });
  if (node?.__typename !== 'PromoCode') throw new Error('The id is not that of a promo code');
  const aliases = Array.from(
    { length: 50 },
    (_, index) => `a${index}: quotePromoCode(input: { code: $code }) { __typename }`,
  );
  await gateway.run(`query ($code: String!) { ${aliases.join(' ')} }`, { code: node.code });
  await turns.stop();
  expect(judged.length).toBe(50);
  for (const turn of new Set(judged)) expect(judged.filter((one) => one === turn).length).toBeLessThanOrEqual(5);
});

it('twenty reads of one promo code in an operation are one read of the store', async () => {
  const { reads, stop } = watchReads();
  const aliases = Array.from({ length: 20 }, (_, index) => `a${index}: promoCode(id: $id) { id }`);
  const answers = await gateway.run(`query ($id: ID!) { ${aliases.join(' ')} }`, { id: ids[0] });
  await stop();
  expect(Object.values(answers)).toEqual(Array(20).fill({ id: ids[0] }));
  expect(reads.map((read) => read.ids)).toEqual([1]);
});

it.each([
  ['nodes', 'query ($ids: [ID!]!) { things: nodes(ids: $ids) { id } }', () => ({ ids })],
  [
    '_entities',
    'query ($known: [_Any!]!) { things: _entities(representations: $known) { ... on PromoCode { id } } }',
    () => ({ known: ids.map((id) => ({ __typename: 'PromoCode', id })) }),
  ],
])(
  'a thousand objects by %s are read in batches of a hundred, each in its own turn of the event loop',
  async (_, query, variables) => {
    const { reads, stop } = watchReads();
    const { things } = await gateway.run(query, variables());
    await stop();
    expect(things).toEqual(ids.map((id) => ({ id })));
    expect(reads.map((read) => read.ids)).toEqual(Array(10).fill(100));
    expect(new Set(reads.map(({ turn }) => turn)).size).toBe(10);
  },
);
