import { KNOWN_PROVIDERS, type ProviderName } from '../../domain/promotion/promotion.ts';
import type { Provider } from '../../domain/provider/provider.ts';
import { countWritesInDoubt } from '../../gateway/writes/count-writes-in-doubt.ts';
import { builder } from '../builder.ts';

export const ProviderEnum = builder.enumType('PromotionProvider', {
  description: 'A billing provider.',
  values: KNOWN_PROVIDERS,
});

/** The operations of providers. A provider supports those for which its adapter has the method. */
const OPERATIONS = {
  CREATE_PROMO_CODE: { method: 'createPromoCode', description: 'Creates promo codes.' },
  READ_PROMO_CODE: { method: 'readPromoCode', description: 'Reads a promo code by its id.' },
  LIST_PROMO_CODES: { method: 'listPromoCodes', description: 'Lists promo codes.' },
  UPDATE_PROMO_CODE: { method: 'updatePromoCode', description: 'Changes promo codes.' },
  CREATE_COUPON: { method: 'createCoupon', description: 'Creates coupons.' },
  READ_COUPON: { method: 'readCoupon', description: 'Reads a coupon by its id.' },
  LIST_COUPONS: { method: 'listCoupons', description: 'Lists coupons.' },
  UPDATE_COUPON: { method: 'updateCoupon', description: 'Changes the name or the metadata of coupons.' },
  ARCHIVE_COUPON: { method: 'archiveCoupon', description: 'Archives coupons.' },
  APPLY_TO_SUBSCRIPTION: { method: 'applyToSubscription', description: 'Applies promo codes to subscriptions.' },
} as const satisfies Record<string, { method: keyof Provider; description: string }>;

const Operation = builder.enumType('ProviderOperation', {
  description: 'An operation of a provider that the gateway can use.',
  values: Object.fromEntries(
    Object.entries(OPERATIONS).map(([operation, { description }]) => [operation, { description }]),
  ),
});

function operationsOf(provider: Provider): string[] {
  return Object.entries(OPERATIONS).flatMap(([operation, { method }]) => (provider[method] ? [operation] : []));
}

const AccountMode = builder.enumType('ProviderAccountMode', {
  description: 'The mode of an account.',
  values: {
    SANDBOX: { description: 'A simulation by the gateway: nothing is real.' },
    TEST: { description: "The provider's test mode: no money moves." },
    LIVE: { description: 'Real money.' },
  } as const,
});

export const ProviderStateEnum = builder.enumType('ProviderState', {
  description: 'The state of a provider.',
  values: {
    UP: { description: 'It answered the latest call, or was not called since the start.' },
    DEGRADED: { description: 'The latest calls failed, or the gateway is testing whether it has recovered.' },
    DOWN: {
      description:
        'Its latest calls failed, and the gateway does not call it now. After at most 30 seconds, the next call tries it again.',
    },
  } as const,
});

const AccountType = builder.objectRef<Provider>('ProviderAccount').implement({
  description: 'An account at a provider.',
  fields: (t) => ({
    account: t.exposeID('account', {
      description: 'The account. "default" at providers with a single account.',
    }),
    mode: t.expose('mode', { type: AccountMode, description: 'Its mode.' }),
  }),
});

export const ProviderInfo = builder.objectRef<ProviderName>('ProviderInfo').implement({
  description: 'A provider that is switched on.',
  fields: (t) => ({
    provider: t.field({ type: ProviderEnum, description: 'The provider.', resolve: (name) => name }),
    accounts: t.field({
      type: [AccountType],
      description: 'Its accounts. The first one is the default.',
      resolve: (name, _, { gateway }) => [...gateway.accounts.of(name)],
    }),
    operations: t.field({
      type: [Operation],
      description:
        'The operations that it supports. Others are refused as unsupported before anything is sent, except for changes that the gateway makes as rules of its own: updatePromoCode with `allowGatewayRules: true`.',
      resolve: (name, _, { gateway }) => gateway.accounts.of(name).slice(0, 1).flatMap(operationsOf),
    }),
    state: t.field({
      type: ProviderStateEnum,
      description: 'Its state now.',
      resolve: (name, _, { gateway }) => gateway.accounts.state(name),
    }),
    downSince: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'Since when the gateway does not call it, except for trials. Null: it calls it. Each process of the gateway decides for itself.',
      resolve: (name, _, { gateway }) => gateway.accounts.report(name).downSince,
    }),
    inDoubt: t.int({
      description: 'How many writes have an unknown outcome, in the accounts that the caller may see.',
      resolve: (name, _, { gateway, caller }) => countWritesInDoubt(gateway, caller, name),
    }),
  }),
});
