import { lookUpFault, typedCode } from '../../domain/codes/code.ts';
import { isLive } from '../../domain/codes/code-conflict.ts';
import { isInScope } from '../../domain/promotion/account-scope.ts';
import type { PromoCode } from '../../domain/promotion/promotion.ts';
import type { ReadResult } from '../../domain/provider/cache-ages.ts';
import type { ProviderError } from '../../domain/provider/provider-error.ts';
import { inSpan } from '../../telemetry/span.ts';
import type { Gateway } from '../core/gateway.ts';
import {
  belongsTo,
  type CodeLookup,
  callAll,
  firstQuestions,
  isOutdated,
  type KnownCodes,
  type Question,
  questionsBeforeRefusal,
  rememberReads,
  type Unanswered,
} from './code-lookups.ts';
import { type AnyPolicy, isTooOld, refreshNeeded } from './read-promotion.ts';

/**
 * The promo code that a text stands for. `failure`: the error of the code's provider, if it did not answer.
 * `anyFailure`: the error of any provider that may have a code with this text. `known`: the stored codes at the end.
 */
export type FoundCode =
  | {
      kind: 'FOUND';
      promoCode: PromoCode;
      /** Whether its stored state lets this customer redeem it now. */
      isRedeemable: boolean;
      failure: ProviderError | null;
      anyFailure: ProviderError | null;
      known: KnownCodes;
    }
  | {
      kind: 'AMBIGUOUS';
      /** The codes that the text can stand for, newest first: at most {@link MOST_CANDIDATES}. */
      candidates: PromoCode[];
      known: KnownCodes;
    }
  | { kind: 'UNKNOWN'; failure: ProviderError | null; known: KnownCodes };

/** More candidates for an ambiguous text are not shown. There is rarely more than one in an account. */
export const MOST_CANDIDATES = 10;

/** What is known about a text that no code can have. */
const NOTHING_KNOWN: KnownCodes = { exact: [], alike: [], redeemable: new Set(), lastCall: 0 };

/**
 * The promo code that a text stands for: the code that this customer can redeem now. Of several in one account, an
 * exact spelling wins. If none can be redeemed, the newest. Look-alikes count only if no code has the same normalized
 * code.
 */
export function findPromoCode(gateway: Gateway, lookup: CodeLookup, policy: AnyPolicy): Promise<FoundCode> {
  return inSpan('findPromoCode', {}, () => find(gateway, lookup, policy));
}

/**
 * The live promo codes with the text of this one at other providers or accounts, newest first. Asks the providers that
 * can look codes up; one that does not answer is left out.
 */
export async function findLiveElsewhere(gateway: Gateway, promoCode: PromoCode): Promise<PromoCode[]> {
  const { known } = await findPromoCode(gateway, { code: promoCode.code, customerId: null }, 'CACHED');
  return known.exact.filter((one) => isLive(one) && !belongsTo(promoCode, one)).slice(0, MOST_CANDIDATES);
}

async function find(gateway: Gateway, lookup: CodeLookup, policy: AnyPolicy): Promise<FoundCode> {
  // No provider can have such a code, so none is called.
  if (lookUpFault(lookup.code) !== undefined) return { kind: 'UNKNOWN', failure: null, known: NOTHING_KNOWN };
  let known = await knownCodes(gateway, lookup, policy);
  const asked = new Set<string>();
  const unanswered: Unanswered[] = [];
  const ask = async (questions: Question[]): Promise<Question[]> => {
    const distinct = [...new Map(questions.map((question) => [question.id, question])).values()];
    const more = distinct.filter(({ id }) => !asked.has(id));
    for (const { id } of more) asked.add(id);
    unanswered.push(...(await callAll(more)));
    if (more.length > 0) known = await knownCodes(gateway, lookup, policy);
    return more;
  };
  if (policy !== 'CACHE_ONLY') {
    // Another caller may have looked the text up while this one waited for the store.
    while (policy !== 'FRESH' && isOutdated(gateway, lookup, known)) known = await knownCodes(gateway, lookup, policy);
    const first = await ask(firstQuestions(gateway, lookup, known, policy));
    if (known.redeemable.size === 0) {
      const more = await ask(questionsBeforeRefusal(gateway, lookup, known, policy));
      rememberReads(gateway, [...first, ...more], unanswered);
    }
  }
  const failure = unanswered[0]?.failure ?? null;
  const candidates = candidatesOf(known, lookup.code);
  if (candidates.length > 1) return { kind: 'AMBIGUOUS', candidates: candidates.slice(0, MOST_CANDIDATES), known };
  const chosen = candidates[0] ?? known.exact[0] ?? known.alike[0];
  // A provider that did not answer may have the exact code, so a look-alike does not count.
  const isUnsure = known.exact.length === 0 && failure !== null && (policy === 'JUDGED' || policy === 'BLIND');
  if (!chosen || isUnsure) return { kind: 'UNKNOWN', failure, known };
  const found = shown(gateway, chosen, known, unanswered);
  if (found.kind === 'FOUND') gateway.countRead(readResult(gateway, found, { policy, wasAsked: asked.size > 0 }));
  return found;
}

async function knownCodes(gateway: Gateway, lookup: CodeLookup, policy: AnyPolicy): Promise<KnownCodes> {
  const { promotions } = gateway.store;
  const isVisible = (promoCode: PromoCode) => isInScope(gateway.accounts.accountScope, promoCode);
  const lastCall = gateway.unknownCodes.latest;
  const found = await promotions.findByCode(lookup.code, lookup, gateway.clock());
  const exact = found.filter(isVisible);
  const others = exact.length > 0 ? [] : await promotions.findLookAlikes(lookup.code, lookup, gateway.clock());
  const alike = others.filter(isVisible);
  const redeemable = [...exact, ...alike].filter((promoCode) => isRedeemable(promoCode, lookup, policy));
  return { exact, alike, redeemable: new Set(redeemable), lastCall };
}

/** The redeemable codes that a text can stand for. A spelling decides between codes of one account only. */
function candidatesOf({ redeemable }: KnownCodes, typed: string): PromoCode[] {
  const accounts = Map.groupBy(redeemable, ({ provider, account }) => JSON.stringify([provider, account]));
  return [...accounts.values()].flatMap((own) => spelledBest(own, typed));
}

/** The codes spelled as typed; else those spelled like the typed text in plain characters; else all. */
function spelledBest(promoCodes: PromoCode[], typed: string): PromoCode[] {
  const spellings = [typed.trim(), typedCode(typed)];
  const matches = spellings.map((spelling) => promoCodes.filter(({ code }) => code === spelling));
  return matches.find((match) => match.length > 0) ?? promoCodes;
}

/** True if this customer can redeem a code now. A guest may be any customer, except in a blind look-up. */
function isRedeemable(
  { status, customerId: owner }: PromoCode,
  { customerId }: CodeLookup,
  policy: AnyPolicy,
): boolean {
  const isAnybody = customerId === null && policy !== 'BLIND';
  return status === 'ACTIVE' && (isAnybody || owner === null || owner === customerId);
}

/** The stored code, marked as unconfirmed if its provider did not answer; UNKNOWN if it is too old for that. */
function shown(gateway: Gateway, promoCode: PromoCode, known: KnownCodes, unanswered: Unanswered[]): FoundCode {
  const failure = unanswered.find(({ owner }) => belongsTo(owner, promoCode))?.failure ?? null;
  const anyFailure = unanswered[0]?.failure ?? null;
  const isRedeemable = known.redeemable.has(promoCode);
  const found = { kind: 'FOUND' as const, isRedeemable, failure, anyFailure, known };
  if (!failure) return { ...found, promoCode };
  return isTooOld(gateway, promoCode)
    ? { kind: 'UNKNOWN', failure, known }
    : { ...found, promoCode: { ...promoCode, isUnconfirmed: true } };
}

function readResult(
  gateway: Gateway,
  { promoCode, failure }: FoundCode & { kind: 'FOUND' },
  { policy, wasAsked }: { policy: AnyPolicy; wasAsked: boolean },
): ReadResult {
  if (failure) return 'STALE_IF_ERROR';
  if (wasAsked) return 'MISS';
  return refreshNeeded(gateway, promoCode, policy) === 'IN_BACKGROUND' ? 'STALE_HIT' : 'HIT';
}
