import { codeFault, typedCode } from '../promo/code.ts';
import type { PromoCode, ProviderName } from '../promo/promotion.ts';
import { type Provider, ProviderFailure } from '../promo/provider.ts';
import { reaches } from '../promo/reach.ts';
import { inSpan } from '../tracing/span.ts';
import { expireHolds } from './expire-holds.ts';
import type { Gateway, ReadResult } from './gateway.ts';
import { type AnyPolicy, dueNow, isTooOld, refreshBehind } from './read-promotion.ts';
import { refreshPromotion } from './refresh-promotion.ts';

/** A code as somebody typed it, and where to look: absent, at every provider and account. */
export interface CodeLookup {
  code: string;
  provider?: ProviderName;
  account?: string;
  customerId: string | null;
}

/**
 * What a code stands for. `failure`: the provider that may know it was out of reach; `anyFailure`: one that may know
 * another code of this text was.
 */
export type FoundCode =
  | { kind: 'FOUND'; promoCode: PromoCode; failure: ProviderFailure | null; anyFailure: ProviderFailure | null }
  | { kind: 'AMBIGUOUS' }
  | { kind: 'UNKNOWN'; failure: ProviderFailure | null };

/**
 * The promo code that a text stands for: the one that can be redeemed now (by this customer, where one is named), then
 * the one spelled exactly so; none redeemable, the newest.
 */
export function findPromoCode(gateway: Gateway, lookup: CodeLookup, policy: AnyPolicy): Promise<FoundCode> {
  return inSpan('findPromoCode', {}, () => find(gateway, lookup, policy));
}

async function find(gateway: Gateway, lookup: CodeLookup, policy: AnyPolicy): Promise<FoundCode> {
  const code = typedCode(lookup.code);
  // A text that nobody could have created is no provider's code, so none is asked.
  if (codeFault(code) !== undefined) return { kind: 'UNKNOWN', failure: null };
  expireHolds(gateway);
  const held = () =>
    gateway.store.promotions
      .findByCode(code, lookup, gateway.clock())
      .filter((promoCode) => reaches(gateway.accounts.reach, promoCode));
  let known = held();
  const questions = policy === 'CACHE_ONLY' ? [] : questionsAbout(gateway, { ...lookup, code }, known, policy);
  const failures = await askAll(questions);
  if (questions.length > 0) known = held();
  const redeemable = known.filter((promoCode) => isRedeemable(promoCode, lookup, policy));
  const exact = redeemable.filter((promoCode) => promoCode.code === code);
  const [first, second] = redeemable.length > 1 && exact.length > 0 ? exact : redeemable;
  if (second) return { kind: 'AMBIGUOUS' };
  const promoCode = first ?? known[0];
  if (!promoCode) return { kind: 'UNKNOWN', failure: failures[0] ?? null };
  const found = shown(gateway, promoCode, failures);
  if (found.kind === 'FOUND') gateway.countRead(readResult(gateway, found, { policy, wasAsked: questions.length > 0 }));
  return found;
}

/** Whether a code can be redeemed now, by this customer. Who does not say who they are may be anybody, unless they guess. */
function isRedeemable(
  { status, customerId: owner }: PromoCode,
  { customerId }: CodeLookup,
  policy: AnyPolicy,
): boolean {
  const isAnybody = customerId === null && policy !== 'GUESSED';
  return status === 'ACTIVE' && (isAnybody || owner === null || owner === customerId);
}

/** What is held, marked where its provider could not be asked; nothing where it is too old to be served like that. */
function shown(gateway: Gateway, promoCode: PromoCode, failures: ProviderFailure[]): FoundCode {
  const failure = failures.find(({ provider }) => provider === promoCode.provider) ?? null;
  const anyFailure = failures[0] ?? null;
  if (!failure) return { kind: 'FOUND', promoCode, failure, anyFailure };
  return isTooOld(gateway, promoCode)
    ? { kind: 'UNKNOWN', failure }
    : { kind: 'FOUND', promoCode: { ...promoCode, isUnconfirmed: true }, failure, anyFailure };
}

function readResult(
  gateway: Gateway,
  { promoCode, failure }: FoundCode & { kind: 'FOUND' },
  { policy, wasAsked }: { policy: AnyPolicy; wasAsked: boolean },
): ReadResult {
  if (failure) return 'STALE';
  if (wasAsked) return 'ASKED';
  return dueNow(gateway, promoCode, policy) === 'BEHIND' ? 'BEHIND' : 'HELD';
}

/** Codes of one text that are switched off, and asked about, newest first. */
const MOST_DEAD = 3;

type Question = () => Promise<unknown>;

/** What providers are to be asked about a code: what is held of it and too old, and where it is not held, whether it is there. */
function questionsAbout(gateway: Gateway, lookup: CodeLookup, known: PromoCode[], policy: AnyPolicy): Question[] {
  return gateway.accounts
    .all()
    .filter(({ name, account }) => name === (lookup.provider ?? name) && account === (lookup.account ?? account))
    .flatMap((provider): Question[] => {
      const own = known.filter((one) => one.provider === provider.name && one.account === provider.account);
      if (policy === 'GUESSED') return questionsOfGuess(gateway, provider, lookup, own);
      const live = own.filter(({ status }) => status !== 'INACTIVE' && status !== 'EXPIRED');
      // One that was switched off may have been switched on again, unless another has taken its text.
      const candidates = live.length > 0 ? live : own.slice(0, MOST_DEAD);
      const refreshes = candidates.flatMap((promoCode) => refreshWhenDue(gateway, provider, promoCode, policy));
      return live.length > 0 ? refreshes : [...refreshes, ...lookUp(gateway, provider, lookup.code, policy)];
    });
}

/** What cannot be redeemed is read anew behind the answer: it may have been switched on again by the next try. */
function questionsOfGuess(gateway: Gateway, provider: Provider, lookup: CodeLookup, own: PromoCode[]): Question[] {
  const redeemable = own.filter((promoCode) => isRedeemable(promoCode, lookup, 'GUESSED'));
  if (redeemable.length > 0) return redeemable.flatMap((one) => refreshWhenDue(gateway, provider, one, 'GUESSED'));
  for (const { providerId } of own.filter((one) => dueNow(gateway, one, 'GUESSED') !== 'NO').slice(0, MOST_DEAD)) {
    refreshBehind(gateway, provider, { ...ownerOf(provider), kind: 'PromoCode', providerId });
  }
  return lookUp(gateway, provider, lookup.code, 'GUESSED');
}

function refreshWhenDue(gateway: Gateway, provider: Provider, promoCode: PromoCode, policy: AnyPolicy): Question[] {
  const key = { ...ownerOf(provider), kind: 'PromoCode' as const, providerId: promoCode.providerId };
  const due = dueNow(gateway, promoCode, policy);
  if (due === 'BEHIND') refreshBehind(gateway, provider, key);
  return due === 'FIRST' ? [() => refreshPromotion(gateway, provider, key)] : [];
}

/** Asks at once. A failure of a provider is told, and keeps the others from nothing. */
async function askAll(questions: Question[]): Promise<ProviderFailure[]> {
  const outcomes = await Promise.allSettled(questions.map((ask) => ask()));
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  const bug = failures.find((failure) => !(failure instanceof ProviderFailure));
  if (bug) throw bug;
  return failures.filter((failure) => failure instanceof ProviderFailure);
}

/** The question for a code that is not held; none where the provider cannot be asked, or was asked just now. */
function lookUp(gateway: Gateway, provider: Provider, code: string, policy: AnyPolicy): Question[] {
  if (!provider.findPromoCode) return [];
  if (policy !== 'FRESH' && gateway.askedCodes.has(provider, code, gateway.clock())) return [];
  const owner = ownerOf(provider);
  const ask = () =>
    gateway.lookUps.share(JSON.stringify([owner, code]), async () => {
      const { promotions } = gateway.store;
      const sending = promotions.sending(gateway.clock());
      const found = await provider.findPromoCode?.(code, {});
      if (found) promotions.save(owner, found, promotions.answered(sending));
      gateway.askedCodes.add(provider, code, gateway.clock() + gateway.ages[provider.name].fresh);
    });
  return [ask];
}

function ownerOf({ name, account }: Provider): { provider: ProviderName; account: string } {
  return { provider: name, account };
}
