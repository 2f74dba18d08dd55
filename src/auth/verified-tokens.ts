import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Instant } from '../domain/promotion/promotion.ts';
import type { Caller } from './caller.ts';

/** How many tokens are remembered. Only valid ones are, so that invalid ones cannot displace them. */
const CAPACITY = 10_000;

interface Verified {
  caller: Caller;
  /** When it was verified. Earlier it may not be valid yet: the clock may have been set back. */
  since: Instant;
  /** When the keys were read with which it was verified. */
  keysReadAt: number;
}

/**
 * The callers of verified tokens, so that a signature is checked once and not with each request. Keeps the hashes of tokens,
 * not the tokens.
 */
export class VerifiedTokens {
  readonly #verified = new LRUCache<string, Verified>({ max: CAPACITY });

  /** @param keysReadAt when the keys were read that are valid now: a token is verified again with newer ones */
  get(token: string, now: Instant, keysReadAt: number): Caller | null {
    const known = this.#verified.get(digestOf(token));
    if (!known || known.keysReadAt !== keysReadAt || now < known.since) return null;
    return now < (known.caller.until ?? Number.POSITIVE_INFINITY) ? known.caller : null;
  }

  /**
   * Remembers a token that is valid now.
   * @returns its caller: the same object for as long as the token is remembered
   */
  add(token: string, caller: Caller, since: Instant, keysReadAt: number): Caller {
    const digest = digestOf(token);
    const same = this.#verified.get(digest)?.caller ?? caller;
    this.#verified.set(digest, { caller: same, since, keysReadAt });
    return same;
  }
}

function digestOf(token: string): string {
  return hash('sha256', token, 'base64url');
}
