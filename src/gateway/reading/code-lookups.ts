import { spellingsOf } from '../../domain/codes/code.ts';
import { isLive } from '../../domain/codes/code-conflict.ts';
import type { PromotionKey } from '../../domain/promotion/identity.ts';
import type { PromoCode, ProviderName } from '../../domain/promotion/promotion.ts';
import { type Provider, ProviderError } from '../../domain/provider/provider.ts';
import { type Gateway, untilNextAsk } from '../core/gateway.ts';
import { CallTiming } from './call-timing.ts';
import { type AnyPolicy, refreshBehind, refreshNeeded } from './read-promotion.ts';
import { refreshPromotion } from './refresh-promotion.ts';

/** A code as a customer typed it, and where to look. Without a provider or account: everywhere. */
export interface CodeLookup {
  code: string;
  provider?: ProviderName;
  account?: string;
  customerId: string | null;
}

/** Something that a provider account is asked about a code; the same `id` is the same question. */
export interface Question {
  id: string;
  kind: 'LOOK_UP' | 'READ';
  owner: CodeOwner;
  ask: () => Promise<unknown>;
}

interface CodeOwner {
  provider: ProviderName;
  account: string;
}

/** A provider account that could not be asked. */
export interface Unasked {
  owner: CodeOwner;
  failure: ProviderError;
}

/** What is known of a code: `exact` under its normalized code, `alike` what looks like it where there is none of those. */
export interface KnownCodes {
  exact: PromoCode[];
  alike: PromoCode[];
  /** Those of either kind that can be redeemed now, by this customer. */
  redeemable: ReadonlySet<PromoCode>;
}

/** In milliseconds. Long enough for the answer to a guess to be out when its code is read again. */
const BEHIND_A_GUESS = 200;

/** Codes of one text that cannot be redeemed, and are asked about, newest first. */
const MOST_DEAD = 3;

/** What providers are asked about a code first: what is known of it and too old, and where it is not known, whether it is there. */
export function firstQuestions(gateway: Gateway, lookup: CodeLookup, known: KnownCodes, policy: AnyPolicy): Question[] {
  return providersOf(gateway, lookup).flatMap((provider): Question[] => {
    if (policy === 'BLIND') return questionsOfGuess(gateway, provider, lookup, known);
    const own = of(provider, [...known.exact, ...known.alike]);
    const live = own.filter(isLive);
    // One that was switched off may have been switched on again, unless another has taken its text.
    const candidates = live.length > 0 ? live : own.slice(0, MOST_DEAD);
    const refreshes = candidates.flatMap((promoCode) => refreshWhenDue(gateway, provider, promoCode, policy));
    const isTaken = live.length > 0 && known.exact.length > 0;
    return isTaken ? refreshes : [...refreshes, ...lookUp(gateway, provider, lookup.code, policy)];
  });
}

/**
 * What they are asked once nothing that is known can be redeemed: each once per maximum age, for all callers together.
 * A read for its own sake shows what is known, unless that has just turned out to be over: another may have its text.
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
    const lookUps = isJudging || !own.some(isLive) ? lookUp(gateway, provider, lookup.code, policy) : [];
    return isJudging ? [...lookUps, ...rereads(gateway, provider, own, policy)] : lookUps;
  });
}

/**
 * Reads a code again that is about to be refused, once per maximum age, for all callers together.
 * @returns the code as it is now; null where it was asked about a while ago, or cannot be
 */
export async function askBeforeRefusal(gateway: Gateway, promoCode: PromoCode): Promise<PromoCode | null> {
  const questions = unaskedRereads(gateway, promoCode).map((provider) => reread(gateway, provider, promoCode));
  const unasked = await askAll(questions);
  rememberReads(gateway, questions, unasked);
  if (questions.length === 0 || unasked.length > 0) return null;
  return gateway.store.promotions.getPromoCode(promoCode.id, gateway.clock());
}

/** The same behind the answer. */
export function askBehindRefusal(gateway: Gateway, promoCode: PromoCode): void {
  for (const provider of unaskedRereads(gateway, promoCode)) rereadBehind(gateway, provider, promoCode);
}

/** The provider of a code, unless it was asked before a refusal of the code a while ago. */
function unaskedRereads({ accounts, unknownCodes, clock }: Gateway, promoCode: PromoCode): Provider[] {
  const provider = accounts.find(promoCode.provider, promoCode.account);
  return provider && !unknownCodes.hasRead(readId(provider, promoCode), clock()) ? [provider] : [];
}

/** Asks all at once. A failure of one keeps nothing from the others. */
export async function askAll(questions: Question[]): Promise<Unasked[]> {
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

/** What was read before a refusal is not read again for the next one. */
export function rememberReads(gateway: Gateway, questions: Question[], unasked: Unasked[]): void {
  for (const { id, kind, owner } of questions) {
    if (kind !== 'READ' || unasked.some((one) => belongsTo(one.owner, owner))) continue;
    gateway.unknownCodes.addRead(id, untilNextAsk(gateway, owner.provider));
  }
}

export function belongsTo(owner: CodeOwner, { provider, account }: CodeOwner): boolean {
  return provider === owner.provider && account === owner.account;
}

/** What cannot be redeemed is read again behind the answer: it may have been switched on again by the next try. */
function questionsOfGuess(
  gateway: Gateway,
  provider: Provider,
  lookup: CodeLookup,
  { exact, alike, redeemable }: KnownCodes,
): Question[] {
  const own = of(provider, [...exact, ...alike]);
  const usable = own.filter((one) => redeemable.has(one));
  const refreshes = usable.flatMap((one) => refreshWhenDue(gateway, provider, one, 'BLIND'));
  if (usable.length > 0 && exact.length > 0) return refreshes;
  const dead = own.filter((one) => !redeemable.has(one) && refreshNeeded(gateway, one, 'BLIND') !== 'NONE');
  for (const one of usable.length > 0 ? [] : dead.slice(0, MOST_DEAD)) {
    rereadBehind(gateway, provider, one);
  }
  return [...refreshes, ...lookUp(gateway, provider, lookup.code, 'BLIND')];
}

function refreshWhenDue(gateway: Gateway, provider: Provider, promoCode: PromoCode, policy: AnyPolicy): Question[] {
  const due = refreshNeeded(gateway, promoCode, policy);
  if (due === 'IN_BACKGROUND') refreshBehind(gateway, provider, keyOf(provider, promoCode));
  return due === 'BEFORE_ANSWER' ? [reread(gateway, provider, promoCode)] : [];
}

/** Reads what cannot be redeemed again, whatever its age. Who guesses does not wait: that would tell that it is there. */
function rereads(gateway: Gateway, provider: Provider, own: PromoCode[], policy: AnyPolicy): Question[] {
  const { unknownCodes, clock } = gateway;
  // A live one can be lifted by less than one that is over.
  const candidates = [...own.filter(isLive), ...own.filter((one) => !isLive(one))];
  const asked = new Map(candidates.map((one) => [readId(provider, one), one]));
  const due = [...asked].filter(([id]) => !unknownCodes.hasRead(id, clock())).slice(0, MOST_DEAD);
  if (policy !== 'BLIND') return due.map(([, one]) => reread(gateway, provider, one));
  for (const [, one] of due) rereadBehind(gateway, provider, one);
  return [];
}

/** Not before the answer is out: to send a call takes time, and would tell a guesser that the code is there. */
function rereadBehind(gateway: Gateway, provider: Provider, promoCode: PromoCode): void {
  gateway.unknownCodes.addRead(readId(provider, promoCode), untilNextAsk(gateway, provider.name));
  gateway.reads.later(BEHIND_A_GUESS, () => refreshBehind(gateway, provider, keyOf(provider, promoCode)));
}

function reread(gateway: Gateway, provider: Provider, promoCode: PromoCode): Question {
  const ask = () => refreshPromotion(gateway, provider, keyOf(provider, promoCode));
  return { id: readId(provider, promoCode), kind: 'READ', owner: ownerOf(provider), ask };
}

/** The question for a code that is not known; none where the provider cannot be asked, or was asked just now. */
function lookUp(gateway: Gateway, provider: Provider, code: string, policy: AnyPolicy): Question[] {
  if (!provider.findPromoCode) return [];
  const isDue = (text: string) => policy === 'FRESH' || !gateway.unknownCodes.has(provider, text, gateway.clock());
  const texts = spellingsOf(code).filter(isDue);
  if (texts.length === 0) return [];
  const owner = ownerOf(provider);
  const ask = () => gateway.lookUps.share(JSON.stringify([owner, texts]), () => lookUpEach(gateway, provider, texts));
  return [{ id: JSON.stringify(owner), kind: 'LOOK_UP', owner, ask }];
}

/** Looks texts up until one of them is found. */
async function lookUpEach(gateway: Gateway, provider: Provider, texts: string[]): Promise<void> {
  const { promotions } = gateway.store;
  for (const text of texts) {
    const { call, answered } = new CallTiming(gateway).start();
    const found = await provider.findPromoCode?.(text, call);
    if (found) promotions.save(ownerOf(provider), found, answered());
    gateway.unknownCodes.add(provider, text, untilNextAsk(gateway, provider.name));
    if (found) return;
  }
}

function providersOf(gateway: Gateway, { provider, account }: CodeLookup): Provider[] {
  return gateway.accounts
    .all()
    .filter((one) => one.name === (provider ?? one.name) && one.account === (account ?? one.account));
}

function of(provider: Provider, promoCodes: PromoCode[]): PromoCode[] {
  const owner = ownerOf(provider);
  return promoCodes.filter((one) => belongsTo(owner, one));
}

/** Codes that are read by listing their coupon's are read together. */
function readId(provider: Provider, { id, couponId }: PromoCode): string {
  return provider.readPromoCode ? id : (couponId ?? id);
}

function keyOf(provider: Provider, { providerId }: PromoCode): PromotionKey & { kind: 'PromoCode' } {
  return { ...ownerOf(provider), kind: 'PromoCode', providerId };
}

function ownerOf({ name, account }: Provider): CodeOwner {
  return { provider: name, account };
}
