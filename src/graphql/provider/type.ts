import { KNOWN_PROVIDERS, type ProviderName } from '../../domain/promotion/promotion.ts';
import type { Provider } from '../../domain/provider/provider.ts';
import { builder } from '../builder.ts';

export const ProviderEnum = builder.enumType('PromotionProvider', {
  description: 'A billing provider.',
  values: KNOWN_PROVIDERS,
});

const Operation = builder.enumType('ProviderOperation', {
  description: 'Something that a provider offers through the gateway.',
  values: {
    CREATE_PROMO_CODE: { description: 'Promo codes can be made.' },
    READ_PROMO_CODE: { description: 'A promo code can be read by its id.' },
    LIST_PROMO_CODES: { description: 'Promo codes can be listed.' },
    UPDATE_PROMO_CODE: { description: 'A promo code can be changed.' },
    CREATE_COUPON: { description: 'Coupons can be made.' },
    READ_COUPON: { description: 'A coupon can be read by its id.' },
    LIST_COUPONS: { description: 'Coupons can be listed.' },
    UPDATE_COUPON: { description: 'A coupon can be renamed or described anew.' },
    ARCHIVE_COUPON: { description: 'A coupon can be taken out of use.' },
    APPLY_TO_SUBSCRIPTION: { description: 'A promo code can be applied to a subscription.' },
  } as const,
});

const AccountMode = builder.enumType('ProviderAccountMode', {
  description: 'What kind of account it is.',
  values: {
    SANDBOX: { description: 'Played by the gateway itself: nothing is real.' },
    TEST: { description: "The provider's test mode: no money moves." },
    LIVE: { description: 'The real thing.' },
  } as const,
});

const State = builder.enumType('ProviderState', {
  description: 'How a provider is doing.',
  values: {
    UP: { description: 'The latest call was answered.' },
    DEGRADED: { description: 'The latest calls failed or are being tried out.' },
    DOWN: { description: 'Calls are not tried now.' },
  } as const,
});

const AccountType = builder.objectRef<Provider>('ProviderAccount').implement({
  description: 'An account at a provider.',
  fields: (t) => ({
    account: t.exposeID('account', {
      description: 'The account. "default" where the provider has only one.',
    }),
    mode: t.expose('mode', { type: AccountMode, description: 'What kind of account it is.' }),
  }),
});

export const ProviderInfo = builder.objectRef<ProviderName>('ProviderInfo').implement({
  description: 'A provider that is switched on, and what can be done with it.',
  fields: (t) => ({
    provider: t.field({ type: ProviderEnum, description: 'The provider.', resolve: (name) => name }),
    accounts: t.field({
      type: [AccountType],
      description: 'Its accounts, the one that is used where none is named first.',
      resolve: (name, _, { gateway }) => [...gateway.accounts.of(name)],
    }),
    operations: t.field({
      type: [Operation],
      description: 'What it offers. Everything else is refused as unsupported before anything is sent.',
      resolve: (name, _, { gateway }) => gateway.accounts.of(name).slice(0, 1).flatMap(operationsOf),
    }),
    state: t.field({
      type: State,
      description: 'How it is doing right now.',
      resolve: (name, _, { gateway }) => gateway.accounts.state(name),
    }),
    inDoubt: t.int({
      description: 'How many writes have an unknown outcome, in the accounts that the caller may see.',
      resolve: (name, _, { gateway: { store, accounts, clock }, caller }) =>
        store.turns.run(caller, () => {
          store.turns.spend(IN_DOUBT_ROWS);
          return store.pendingWrites.countInDoubt(name, clock(), accounts.accountScope);
        }),
    }),
  }),
});

/** The cost of counting the writes in doubt, in rows looked at. */
const IN_DOUBT_ROWS = 50;

/** A provider offers what its adapter has a method for. */
function operationsOf(provider: Provider) {
  const offers = {
    CREATE_PROMO_CODE: provider.createPromoCode,
    READ_PROMO_CODE: provider.readPromoCode,
    LIST_PROMO_CODES: provider.listPromoCodes,
    UPDATE_PROMO_CODE: provider.updatePromoCode,
    CREATE_COUPON: provider.createCoupon,
    READ_COUPON: provider.readCoupon,
    LIST_COUPONS: provider.listCoupons,
    UPDATE_COUPON: provider.updateCoupon,
    ARCHIVE_COUPON: provider.archiveCoupon,
    APPLY_TO_SUBSCRIPTION: provider.applyToSubscription,
  };
  return OPERATIONS.filter((operation) => offers[operation] !== undefined);
}

const OPERATIONS = [
  'CREATE_PROMO_CODE',
  'READ_PROMO_CODE',
  'LIST_PROMO_CODES',
  'UPDATE_PROMO_CODE',
  'CREATE_COUPON',
  'READ_COUPON',
  'LIST_COUPONS',
  'UPDATE_COUPON',
  'ARCHIVE_COUPON',
  'APPLY_TO_SUBSCRIPTION',
] as const;
