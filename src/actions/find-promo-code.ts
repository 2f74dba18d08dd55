import { codeFault, typedCode } from '../promo/code.ts';
import type { PromoCode, ProviderName } from '../promo/promotion.ts';
import { type Provider, ProviderFailure } from '../promo/provider.ts';
import { expireHolds } from './expire-holds.ts';
import { type Gateway, isFresh } from './gateway.ts';
import type { ReadPolicy } from './read-promotion.ts';
import { refreshPromotion } from './refresh-promotion.ts';

/** A code as somebody typed it, and where to look: absent, at every provider and account. */
export interface CodeLookup {
  code: string;
  provider?: ProviderName;
  account?: string;
  customerId: string | null;
}

/** What a code stands for. `failure`: a provider that may know it was out of reach. */
export type FoundCode =
  | { kind: 'FOUND'; promoCode: PromoCode; failure: ProviderFailure | null }
  | { kind: 'AMBIGUOUS' }
  | { kind: 'UNKNOWN'; failure: ProviderFailure | null };

/**
 * The promo code that a text stands for: the one that can be redeemed now (by this customer, where one is named), then
 * the one spelled exactly so; none redeemable, the newest.
 */
export async function findPromoCode(gateway: Gateway, lookup: CodeLookup, policy: ReadPolicy): Promise<FoundCode> {
  const code = typedCode(lookup.code);
  // A text that nobody could have created is no provider's code, so none is asked.
  if (codeFault(code) !== undefined) return { kind: 'UNKNOWN', failure: null };
  expireHolds(gateway);
  const failure = policy === 'CACHE_ONLY' ? null : await askProviders(gateway, { ...lookup, code }, policy);
  const known = gateway.store.promotions.findByCode(code, lookup, gateway.clock());
  const redeemable = known.filter(
    ({ status, customerId }) =>
      status === 'ACTIVE' && (lookup.customerId === null || customerId === null || customerId === lookup.customerId),
  );
  const exact = redeemable.filter((promoCode) => promoCode.code === code);
  const [first, second] = redeemable.length > 1 && exact.length > 0 ? exact : redeemable;
  if (second) return { kind: 'AMBIGUOUS' };
  const promoCode = first ?? known[0];
  return promoCode ? { kind: 'FOUND', promoCode, failure } : { kind: 'UNKNOWN', failure };
}

/** Brings what is held of a code up to date, and looks it up where a provider can be asked for a code. */
async function askProviders(gateway: Gateway, lookup: CodeLookup, policy: ReadPolicy): Promise<ProviderFailure | null> {
  const providers = gateway.accounts
    .all()
    .filter(({ name, account }) => name === (lookup.provider ?? name) && account === (lookup.account ?? account));
  const outcomes = await Promise.allSettled(
    providers.map((provider) => askProvider(gateway, provider, lookup.code, policy)),
  );
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  const bug = failures.find((failure) => !(failure instanceof ProviderFailure));
  if (bug) throw bug;
  return failures.find((failure) => failure instanceof ProviderFailure) ?? null;
}

async function askProvider(gateway: Gateway, provider: Provider, code: string, policy: ReadPolicy): Promise<void> {
  const owner = { provider: provider.name, account: provider.account };
  const live = gateway.store.promotions
    .findByCode(code, owner, gateway.clock())
    .filter(({ status }) => status !== 'INACTIVE' && status !== 'EXPIRED');
  const due = live.filter((promoCode) => policy === 'FRESH' || !isFresh(gateway, promoCode));
  await Promise.all(
    due.map(({ providerId }) => refreshPromotion(gateway, provider, { ...owner, kind: 'PromoCode', providerId })),
  );
  if (live.length > 0 || !provider.findPromoCode) return;
  if (policy === 'CACHED' && gateway.unknownCodes.has(provider, code, gateway.clock())) return;
  await gateway.flights.share(JSON.stringify([owner, code]), async () => {
    const read = { sequence: gateway.store.promotions.nextSequence(), at: gateway.clock() };
    const found = await provider.findPromoCode?.(code, {});
    if (found) gateway.store.promotions.save(owner, found, read);
    else gateway.unknownCodes.add(provider, code, gateway.clock() + gateway.freshFor[provider.name]);
  });
}
