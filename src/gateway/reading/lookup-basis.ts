import { codeSkeleton, lookUpFault, normalizedCode, spellingsOf } from '../../domain/codes/code.ts';
import { isLive } from '../../domain/codes/code-conflict.ts';
import type { Instant, PromoCode } from '../../domain/promotion/promotion.ts';
import type { Provider } from '../../domain/provider/provider.ts';
import { type Gateway, isFresh } from '../core/gateway.ts';
import { type CodeLookup, type KnownCodes, MAX_DEAD_REREADS, of, providersOf } from './code-lookups.ts';
import type { ReadPolicy } from './read-promotion.ts';

/** What the answer to the look-up of a code depends on. */
export interface LookupBasis {
  /** The normalized code and its skeleton. Another code with one of them may be the answer, once it is stored. */
  texts: string[];
  /** The stored codes among which the answer was chosen. */
  considered: PromoCode[];
  /** When the same look-up first calls a provider. In the past: the next one does. */
  until: Instant;
}

/** What the answer to a look-up by this policy depends on. It calls a provider as code-lookups.ts says. */
export function lookupBasis(
  gateway: Gateway,
  lookup: CodeLookup,
  { exact, alike }: KnownCodes,
  policy: ReadPolicy,
): LookupBasis {
  // No provider can have such a code, so none is called.
  if (lookUpFault(lookup.code) !== undefined) return { texts: [], considered: [], until: Number.POSITIVE_INFINITY };
  const considered = [...exact, ...alike];
  const ends = providersOf(gateway, lookup).map((provider) => {
    const own = of(provider, considered);
    const live = own.filter(isLive);
    const read = live.length > 0 ? live : own.slice(0, MAX_DEAD_REREADS);
    const isTaken = live.length > 0 && exact.length > 0;
    const reads = read.map((promoCode) => nextRead(gateway, promoCode));
    return Math.min(...reads, isTaken ? Number.POSITIVE_INFINITY : nextLookUp(gateway, provider, lookup.code));
  });
  const until = policy === 'CACHED' ? Math.min(...ends) : Number.NEGATIVE_INFINITY;
  return {
    texts: [normalizedCode(lookup.code), codeSkeleton(lookup.code)],
    considered,
    until: policy === 'CACHE_ONLY' ? Number.POSITIVE_INFINITY : until,
  };
}

function nextRead(gateway: Gateway, promoCode: PromoCode): Instant {
  const { maxAgeMs } = gateway.ages[promoCode.provider];
  return isFresh(gateway, promoCode) ? promoCode.asOf + maxAgeMs : Number.NEGATIVE_INFINITY;
}

function nextLookUp({ unknownCodes, clock }: Gateway, provider: Provider, code: string): Instant {
  if (!provider.findPromoCodes) return Number.POSITIVE_INFINITY;
  const ends = spellingsOf(code).map((text) => unknownCodes.endOf(provider, text, clock()));
  return Math.min(...ends.map((end) => end ?? Number.NEGATIVE_INFINITY));
}
