import fc from 'fast-check';
import type { AccountScope, ScopedAccount } from '../../../src/domain/promotion/account-scope.ts';
import { promotionId } from '../../../src/domain/promotion/identity.ts';
import type { GatewayRules, ProviderName } from '../../../src/domain/promotion/promotion.ts';
import type { PromotionFilter } from '../../../src/store/promotions/promotion-filter.ts';
import type { PromotionSort } from '../../../src/store/promotions/promotion-list.ts';

/* Few different values, so that many rows are equal: the tie-breaker is where lists go wrong. */
const instant = fc.integer({ min: 1, max: 20 });
const owner = fc.constantFrom<{ provider: ProviderName; account: string }>(
  { provider: 'DURO', account: 'default' },
  { provider: 'FLEXPRICE', account: 'default' },
  { provider: 'STRIPE_CONNECT', account: 'acct_one' },
  { provider: 'STRIPE_CONNECT', account: 'acct_two' },
);
const accountScope: fc.Arbitrary<AccountScope> = fc.array(
  fc.oneof(
    owner,
    fc.constantFrom<ScopedAccount>({ provider: 'DURO', account: null }, { provider: 'STRIPE_CONNECT', account: null }),
  ),
  { maxLength: 3 },
);
const terms = fc.record({
  active: fc.constantFrom(true, true, true, false),
  maxRedemptions: fc.option(fc.integer({ min: 1, max: 5 })),
  redeemedCount: fc.integer({ min: 0, max: 3 }),
  startsAt: fc.option(instant),
  expiresAt: fc.option(instant),
  createdAt: instant,
});
const change = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      does: fc.constant('save' as const),
      owner,
      kind: fc.constantFrom('PromoCode', 'Coupon'),
      number: fc.integer({ min: 0, max: 20 }),
      coupon: fc.option(fc.integer({ min: 0, max: 1 })),
      terms,
      couponTerms: terms,
    }),
  },
  fc.record({
    does: fc.constant('set rules' as const),
    at: fc.nat(),
    rules: fc.record<GatewayRules>(
      { switchedOff: fc.boolean(), startsAt: fc.option(instant), expiresAt: fc.option(instant) },
      { requiredKeys: [] },
    ),
  }),
  fc.record({ does: fc.constant('use' as const), at: fc.nat() }),
  fc.record({ does: fc.constant('wait' as const) }),
);
const narrowing: { [Key in Exclude<keyof PromotionFilter, 'kind'>]: fc.Arbitrary<PromotionFilter[Key]> } = {
  accountScope,
  providers: fc.subarray<ProviderName>(['DURO', 'FLEXPRICE', 'STRIPE_CONNECT']),
  accounts: fc.subarray(['default', 'acct_one', 'acct_two', 'acct_none']),
  statuses: fc.subarray(['ACTIVE', 'SCHEDULED', 'EXPIRED', 'EXHAUSTED', 'INACTIVE']),
  code: fc.constantFrom('code-1', 'CODE-2'),
  codePrefix: fc.constantFrom('c', 'code-', 'CODE-1', '%'),
  couponId: fc
    .tuple(owner, fc.integer({ min: 0, max: 1 }))
    .map(([of, number]) => promotionId({ ...of, kind: 'Coupon', providerId: `coupon-${number}` })),
  nameContains: fc.constantFrom('name', 'NAME 1', '%'),
  createdAfter: instant,
  createdBefore: instant,
  expiresBefore: instant,
};
/** At most a few filters: all of them together would match nothing. */
const filter = fc
  .record({
    kind: fc.constantFrom<PromotionFilter['kind']>('PromoCode', 'PromoCode', 'Coupon'),
    keys: fc.array(fc.constantFrom(...Object.keys(narrowing), 'statuses', 'statuses'), { maxLength: 2, size: 'max' }),
  })
  .chain(({ kind, keys }) =>
    fc.record<PromotionFilter>({
      kind: fc.constant(kind),
      ...Object.fromEntries(Object.entries(narrowing).filter(([key]) => keys.includes(key))),
    }),
  );
const list = fc.record({
  filter,
  sort: fc.constantFrom<PromotionSort>('CREATED_AT_DESC', 'CREATED_AT_ASC', 'EXPIRES_AT_ASC', 'REDEEMED_COUNT_DESC'),
  limit: fc.integer({ min: 1, max: 4 }),
  backwards: fc.boolean(),
});

export type Terms = Arbitrated<typeof terms>;
export type Change = Arbitrated<typeof change>;
export type List = Arbitrated<typeof list>;
type Arbitrated<Of> = Of extends fc.Arbitrary<infer Value> ? Value : never;

export type Steps = Arbitrated<typeof steps>;

/** Changes of a store, and the lists that are read between them. */
export const steps = fc.array(fc.tuple(fc.array(change, { minLength: 4, maxLength: 12, size: 'max' }), list), {
  minLength: 4,
  maxLength: 12,
  size: 'max',
});
