import { spellingsOf } from '../../domain/codes/code.ts';
import { isLive } from '../../domain/codes/code-conflict.ts';
import type { PromotionKey } from '../../domain/promotion/identity.ts';
import type { PromoCode, ProviderName } from '../../domain/promotion/promotion.ts';
import type { Provider } from '../../domain/provider/provider.ts';
import { ProviderError } from '../../domain/provider/provider-error.ts';
import { type Account, accountOf } from '../core/accounts.ts';
import { type Gateway, untilNextCall } from '../core/gateway.ts';
import { CallTiming } from './call-timing.ts';
import { type AnyPolicy, refreshInBackground, refreshNeeded } from './read-promotion.ts';
import { refreshPromotion } from './refresh-promotion.ts';

/** A code as a customer typed it, and where to look. Without a provider or account: everywhere. */
export interface CodeLookup {
  code: string;
  provider?: ProviderName;
  account?: string;
  customerId: string | null;
}

/** A call to a provider account about a code. Equal ids mean the same call. */
export interface Question {
  id: string;
  kind: 'LOOK_UP' | 'READ';
  owner: Account;
  ask: () => Promise<unknown>;
}

/** A provider account that did not answer. */
export interface Unanswered {
  owner: Account;
  failure: ProviderError;
}

/**
 * The stored promo codes for a text: `exact` have its normalized code; `alike` only look like it, used if none is
 * exact.
 */
export interface KnownCodes {
  exact: PromoCode[];
  alike: PromoCode[];
  /** Those of both lists that this customer can redeem now. */
  redeemable: ReadonlySet<PromoCode>;
  /** The number of the last remembered call before the store was read: the result of a later one is not part of this. */
  lastCall: number;
}

/** Long enough for the answer to a blind look-up to be sent before its code is read again. */
const BLIND_REREAD_DELAY_MS = 200;

/** How many codes with one text are read again although they cannot be redeemed, newest first. */
export const MAX_DEAD_REREADS = 3;

/** The first calls about a code: reads of stored codes that are too old, and look-ups where none is stored. */
export function firstQuestions(gateway: Gateway, lookup: CodeLookup, known: KnownCodes, policy: AnyPolicy): Question[] {
  return providersOf(gateway, lookup).flatMap((provider): Question[] => {
    if (policy === 'BLIND') return blindQuestions(gateway, provider, lookup, known);
    const own = of(provider, [...known.exact, ...known.alike]);
    const live = own.filter(isLive);
    // A code that was switched off may be on again, unless a live code has its text.
    const candidates = live.length > 0 ? live : own.slice(0, MAX_DEAD_REREADS);
    const refreshes = candidates.flatMap((promoCode) => refreshWhenDue(gateway, provider, promoCode, policy));
    const isTaken = live.length > 0 && known.exact.length > 0;
    return isTaken ? refreshes : [...refreshes, ...lookUp(gateway, provider, lookup.code, policy, known.lastCall)];
  });
}

/**
 * The calls to make when no stored code can be redeemed. Each is made at most once per maximum age, for all callers
 * together. A read that judges no use shows the stored code, and looks the text up only if no live code has it.
 */
export function questionsBeforeRefusal(
  gateway: Gateway,
  lookup: CodeLookup,
  known: KnownCodes,
  policy: AnyPolicy,
): Question[] {
  const isJudging = policy === 'JUDGED' || policy === 'BLIND';
  return providersOf(gateway, lookup).flatMap((provider): Question[] => {
    const own = of(provider, [...known.exact, ...known.alike]);
    const lookUps =
      isJudging || !own.some(isLive) ? lookUp(gateway, provider, lookup.code, policy, known.lastCall) : [];
    return isJudging ? [...lookUps, ...rereads(gateway, provider, own, policy, known.lastCall)] : lookUps;
  });
}

/** Whether a look-up of the text has been answered since the store was read, so that the store may have its code now. */
export function isOutdated(gateway: Gateway, lookup: CodeLookup, { lastCall }: KnownCodes): boolean {
  const { unknownCodes, clock } = gateway;
  return providersOf(gateway, lookup).some((provider) =>
    spellingsOf(lookup.code).some((text) => unknownCodes.hasSince(provider, text, clock(), lastCall)),
  );
}

/**
 * Reads a code again that is about to be refused, once per maximum age, for all callers together.
 * @returns the code as it is now; null if it was read a short while ago, or cannot be read
 */
export async function rereadBeforeRefusal(gateway: Gateway, promoCode: PromoCode): Promise<PromoCode | null> {
  const questions = providersToReread(gateway, promoCode).map((provider) => reread(gateway, provider, promoCode));
  const unanswered = await callAll(questions);
  rememberReads(gateway, questions, unanswered);
  if (questions.length === 0 || unanswered.length > 0) return null;
  return gateway.store.promotions.getPromoCode(promoCode.id, gateway.clock());
}

/** Reads the code again after the answer was sent, so the next try sees its newer state. */
export function rereadAfterRefusal(gateway: Gateway, promoCode: PromoCode): void {
  for (const provider of providersToReread(gateway, promoCode)) rereadInBackground(gateway, provider, promoCode);
}

/** The provider of a code; empty if it is switched off, or the code was read before a refusal a short while ago. */
function providersToReread({ accounts, unknownCodes, clock }: Gateway, promoCode: PromoCode): Provider[] {
  const provider = accounts.find(promoCode.provider, promoCode.account);
  return provider && !unknownCodes.hasRead(readId(provider, promoCode), clock()) ? [provider] : [];
}

/** Makes all calls in parallel. One that fails does not affect the others. */
export async function callAll(questions: Question[]): Promise<Unanswered[]> {
  const failures = await Promise.all(
    questions.map(({ owner, ask }) =>
      ask().then(
        () => [],
        (failure: unknown) => [{ owner, failure }],
      ),
    ),
  );
  return failures.flat().map(({ owner, failure }) => {
    if (failure instanceof ProviderError) return { owner, failure };
    throw failure;
  });
}

/** Remembers answered reads, so the next refusal does not repeat them. */
export function rememberReads(gateway: Gateway, questions: Question[], unanswered: Unanswered[]): void {
  for (const { id, kind, owner } of questions) {
    if (kind !== 'READ' || unanswered.some((one) => belongsTo(one.owner, owner))) continue;
    gateway.unknownCodes.addRead(id, untilNextCall(gateway, owner.provider));
  }
}

export function belongsTo(owner: Account, { provider, account }: Account): boolean {
  return provider === owner.provider && account === owner.account;
}

/** The first calls of a blind look-up. A code that cannot be redeemed is read after the answer, for the next try. */
function blindQuestions(
  gateway: Gateway,
  provider: Provider,
  lookup: CodeLookup,
  { exact, alike, redeemable, lastCall }: KnownCodes,
): Question[] {
  const own = of(provider, [...exact, ...alike]);
  const usable = own.filter((one) => redeemable.has(one));
  const refreshes = usable.flatMap((one) => refreshWhenDue(gateway, provider, one, 'BLIND'));
  if (usable.length > 0 && exact.length > 0) return refreshes;
  const dead = own.filter((one) => !redeemable.has(one) && refreshNeeded(gateway, one, 'BLIND') !== 'NONE');
  for (const one of usable.length > 0 ? [] : dead.slice(0, MAX_DEAD_REREADS)) {
    rereadInBackground(gateway, provider, one);
  }
  return [...refreshes, ...lookUp(gateway, provider, lookup.code, 'BLIND', lastCall)];
}

function refreshWhenDue(gateway: Gateway, provider: Provider, promoCode: PromoCode, policy: AnyPolicy): Question[] {
  const due = refreshNeeded(gateway, promoCode, policy);
  if (due === 'IN_BACKGROUND') refreshInBackground(gateway, provider, keyOf(provider, promoCode));
  return due === 'BEFORE_ANSWER' ? [reread(gateway, provider, promoCode)] : [];
}

/**
 * Reads of codes that cannot be redeemed, whatever their age. A blind caller does not wait for them: that would reveal
 * them.
 */
function rereads(
  gateway: Gateway,
  provider: Provider,
  own: PromoCode[],
  policy: AnyPolicy,
  lastCall: number,
): Question[] {
  const { unknownCodes, clock } = gateway;
  // A live code is more likely to have become redeemable than one that is over.
  const candidates = [...own.filter(isLive), ...own.filter((one) => !isLive(one))];
  const asked = new Map(candidates.map((one) => [readId(provider, one), one]));
  const due = [...asked].filter(([id]) => !unknownCodes.hasRead(id, clock(), lastCall)).slice(0, MAX_DEAD_REREADS);
  if (policy !== 'BLIND') return due.map(([, one]) => reread(gateway, provider, one));
  for (const [, one] of due) rereadInBackground(gateway, provider, one);
  return [];
}

/** Reads a code after the answer was sent: waiting for the call would reveal that the code exists. */
function rereadInBackground(gateway: Gateway, provider: Provider, promoCode: PromoCode): void {
  gateway.unknownCodes.addRead(readId(provider, promoCode), untilNextCall(gateway, provider.name));
  gateway.reads.later(BLIND_REREAD_DELAY_MS, () => refreshInBackground(gateway, provider, keyOf(provider, promoCode)));
}

function reread(gateway: Gateway, provider: Provider, promoCode: PromoCode): Question {
  const ask = () => refreshPromotion(gateway, provider, keyOf(provider, promoCode));
  return { id: readId(provider, promoCode), kind: 'READ', owner: accountOf(provider), ask };
}

/** The look-up of a text; none if the provider has no look-up, or answered it a short while ago. */
function lookUp(gateway: Gateway, provider: Provider, code: string, policy: AnyPolicy, lastCall: number): Question[] {
  if (!provider.findPromoCodes) return [];
  const isDue = (text: string) =>
    policy === 'FRESH' || !gateway.unknownCodes.has(provider, text, gateway.clock(), lastCall);
  const texts = spellingsOf(code).filter(isDue);
  if (texts.length === 0) return [];
  const owner = accountOf(provider);
  const ask = () => gateway.lookUps.share(JSON.stringify([owner, texts]), () => lookUpEach(gateway, provider, texts));
  return [{ id: JSON.stringify(owner), kind: 'LOOK_UP', owner, ask }];
}

/** Looks up one spelling after the other until one is found. */
async function lookUpEach(gateway: Gateway, provider: Provider, texts: string[]): Promise<void> {
  const { promotions } = gateway.store;
  for (const text of texts) {
    const { call, answered } = new CallTiming(gateway).start();
    const found = (await provider.findPromoCodes?.(text, call)) ?? [];
    const moment = await answered();
    for (const promoCode of found) await promotions.save(accountOf(provider), promoCode, moment);
    gateway.unknownCodes.add(provider, text, untilNextCall(gateway, provider.name));
    if (found.length > 0) return;
  }
}

export function providersOf(gateway: Gateway, { provider, account }: CodeLookup): Provider[] {
  return gateway.accounts
    .all()
    .filter((one) => one.name === (provider ?? one.name) && one.account === (account ?? one.account));
}

export function of(provider: Provider, promoCodes: PromoCode[]): PromoCode[] {
  const owner = accountOf(provider);
  return promoCodes.filter((one) => belongsTo(owner, one));
}

/** The id of the call that reads a code. Codes that are read with the list of their coupon share one call. */
function readId(provider: Provider, { id, couponId }: PromoCode): string {
  return provider.readPromoCode ? id : (couponId ?? id);
}

function keyOf(provider: Provider, { providerId }: PromoCode): PromotionKey & { kind: 'PromoCode' } {
  return { ...accountOf(provider), kind: 'PromoCode', providerId };
}
