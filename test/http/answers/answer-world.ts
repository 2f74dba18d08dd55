import { PROVIDERS } from '../../../src/domain/promotion/promotion.ts';
import type { CreateStore } from '../../store/test-stores.ts';
import { makeKeys } from '../../support/credentials/keys.ts';
import { openShop, type Shop } from '../../support/shop.ts';
import { type RunningGateway, startGateway } from '../../support/start-gateway.ts';

const SCOPES = 'read+quote+redeem+manage';
const keys = makeKeys({ shop: SCOPES, duro: `${SCOPES}:DURO` });
/**
 * Facts stay fresh for long, so that mostly dates, holds and changes end answers. Nothing is refreshed in the background,
 * where it could come between two answers that are compared.
 */
const SETTINGS = {
  ...keys.settings,
  ANSWER_CACHE_BYTES: '10000000',
  ...Object.fromEntries(
    PROVIDERS.flatMap((provider) => [
      [`${provider}_MAX_AGE_SECONDS`, '600'],
      [`${provider}_STALE_WHILE_REVALIDATE_SECONDS`, '600'],
    ]),
  ),
};
/** How many codes and coupons are read and changed: the latest ones. */
const CODES = 4;
const COUPONS = 2;
/** The codes that are looked up before they exist, too. */
export const TEXTS = ['text-0', 'text-1', 'text-2', 'text-3'] as const;

/** An operation and the credentials that it is sent with. */
export interface Read {
  query: string;
  headers: Record<string, string>;
}

/** What exists at the providers and in the store of several processes. */
export interface World {
  /** Two processes with a memory of answers. */
  remembering: readonly [RunningGateway, RunningGateway];
  /** A process that executes each operation. */
  executing: RunningGateway;
  /** The headers of a caller that may do everything. */
  credentials: Record<string, string>;
  /** One for each process with a memory. */
  shops: readonly [Shop, Shop];
  codes: { id: string; code: string; providerId: string; provider: string }[];
  coupons: string[];
  holds: string[];
  /** The instants at which codes start or expire and holds end, by the gateways' clock. */
  dates: { code: string; at: number }[];
  now(): number;
  advance(milliseconds: number): void;
  close(): Promise<void>;
}

/** Starts three processes on one store, with the same providers and the same time. */
export async function openWorld(store: CreateStore): Promise<World> {
  const first = await startGateway({ store, settings: SETTINGS });
  const second = await startGateway({ settings: first.variables });
  const executing = await startGateway({ settings: { ...first.variables, ANSWER_CACHE_BYTES: '0' } });
  const others = [second, executing];
  for (const gateway of others) gateway.advance(first.now() - gateway.now());
  return {
    remembering: [first, second],
    executing,
    credentials: keys.of('shop'),
    shops: [openShop(first, keys.of('shop')), openShop(second, keys.of('shop'))],
    codes: [],
    coupons: [],
    holds: [],
    dates: [],
    now: first.now,
    advance: (milliseconds) => {
      for (const gateway of [first, ...others]) gateway.advance(milliseconds);
    },
    close: async () => {
      for (const gateway of [...others, first]) await gateway.stop();
    },
  };
}

/** The codes that are read, and that changes concern. */
export function latestCodes({ codes }: World): World['codes'] {
  return codes.slice(-CODES);
}

/** The coupons that are read, and that changes concern. */
export function latestCoupons({ coupons }: World): string[] {
  return coupons.slice(-COUPONS);
}

/** The reads whose answers are compared. */
export function readsOf(world: World): Read[] {
  const fields = 'id status maxRedemptions redeemedCount heldCount remaining gatewayRules freshness { stale }';
  const ofText = (text: string) => `{ promoCodeByCode(code: "${text}") { ${fields} } }`;
  const active = '{ promoCodes(filter: { status: ACTIVE }) { totalCount nodes { code status remaining } } }';
  const queries = [
    ...latestCodes(world).flatMap(({ id }) => [
      `{ promoCode(id: "${id}") { code ${fields} coupon { ${fields} } } }`,
      `{ node(id: "${id}") { ... on PromoCode { status remaining } } }`,
    ]),
    ...latestCoupons(world).map(
      (id) => `{ coupon(id: "${id}") { ${fields} promoCodes { nodes { code ${fields} } } } }`,
    ),
    ...TEXTS.map(ofText),
    ...[active, '{ promoCodes(filter: { provider: DURO }, orderBy: REDEEMED_COUNT_DESC) { nodes { redeemedCount } } }'],
    '{ coupons { totalCount nodes { id remaining heldCount } } }',
  ];
  // A caller that sees less sends some of the same texts.
  const ofDuro = [active, ofText(TEXTS[0])];
  return [
    ...queries.map((query) => ({ query, headers: keys.of('shop') })),
    ...ofDuro.map((query) => ({ query, headers: keys.of('duro') })),
  ];
}
