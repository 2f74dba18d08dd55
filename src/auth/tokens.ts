import { createRemoteJWKSet, errors, type JWKSCacheInput, type JWTVerifyGetKey, jwksCache, jwtVerify } from 'jose';
import { z } from 'zod';
import { parseAccountScope } from '../domain/promotion/account-scope.ts';
import type { Instant } from '../domain/promotion/promotion.ts';
import { type Caller, CUSTOMER_SCOPES, isScope } from './caller.ts';
import { VerifiedTokens } from './verified-tokens.ts';

/** The issuer whose tokens are accepted. */
export interface TokenRules {
  jwksUrl: string;
  issuer: string;
  audience: string;
}

/** Asymmetric algorithms only: with a shared secret, every service that verifies tokens could also sign them. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

/** How far the clocks of the issuer and of the store may differ. */
const CLOCK_TOLERANCE_SECONDS = 10;

/**
 * How long the issuer's keys are used before they are read again, and so how long the tokens of a key that the issuer has
 * removed are still accepted, whether they are remembered or not. An unknown key makes them be read earlier, at most every
 * 30 seconds.
 */
const KEYS_MAX_AGE_MS = 10 * 60 * 1000;

/**
 * The type of an access token (RFC 9068, 2.1, and older conventions). Tokens of other types by the same issuer, such as
 * `logout+jwt` or `dpop+jwt`, are rejected.
 */
const header = z.object({
  typ: z
    .string()
    .toLowerCase()
    .pipe(z.enum(['at+jwt', 'application/at+jwt', 'jwt']))
    .optional(),
});

/**
 * Without lone surrogates: the store replaces them by U+FFFD, and two names could become equal. Not every store can keep
 * U+0000.
 */
const storable = z
  .string()
  .min(1)
  .max(255)
  .refine((text) => text.isWellFormed() && !text.includes('\0'));

/** RFC 9068: `sub` is the user, or the client if it acts for itself; `scope` is separated by spaces. */
const claims = z.object({
  sub: storable,
  client_id: z.string().optional(),
  /** In seconds since 1970. */
  exp: z.number(),
  scope: z.string().default(''),
  promotion_accounts: z.array(z.string()).optional(),
  // The same rules as for a customer's id in an input.
  promotion_customer: storable.refine((id) => id.trim() !== '' && !/\p{Cc}/u.test(id)).optional(),
});

/** The issuer's keys cannot be read at the moment, so no token can be verified. */
export class TokensUnverifiableError extends Error {
  override readonly name = 'TokensUnverifiableError';
}

/** Verifies JSON Web Tokens (RFC 7519, RFC 8725) with the issuer's keys, which are fetched when needed. */
export class Tokens {
  readonly #rules: TokenRules;
  readonly #clock: () => Instant;
  /** jose writes here when it has read the keys. */
  readonly #keysRead: JWKSCacheInput = {};
  readonly #keys: ReturnType<typeof createRemoteJWKSet>;
  readonly #verified = new VerifiedTokens();

  constructor(rules: TokenRules, clock: () => Instant) {
    this.#rules = rules;
    this.#clock = clock;
    const options = { cacheMaxAge: KEYS_MAX_AGE_MS, [jwksCache]: this.#keysRead };
    this.#keys = createRemoteJWKSet(new URL(rules.jwksUrl), options);
  }

  /** The caller of a token that has been verified with the present keys; null: {@link callerOf} has to verify it. */
  knownCallerOf(token: string): Caller | null {
    return this.#keys.fresh ? this.#verified.get(token, this.#clock(), this.#keysReadAt) : null;
  }

  /**
   * The caller that a token belongs to; null for a token that is invalid, expired, or for another audience.
   * @throws {TokensUnverifiableError}
   */
  async callerOf(token: string): Promise<Caller | null> {
    const { issuer, audience } = this.#rules;
    const now = this.#clock();
    let keysReadAt = 0;
    const findKey: JWTVerifyGetKey = async (...token) => {
      const key = await this.#keys(...token);
      keysReadAt = this.#keysReadAt;
      return key;
    };
    try {
      const currentDate = new Date(now);
      const rules = { issuer, audience, algorithms: ALGORITHMS, clockTolerance: CLOCK_TOLERANCE_SECONDS, currentDate };
      const { payload, protectedHeader } = await jwtVerify(token, findKey, rules);
      const caller = header.safeParse(protectedHeader).success ? callerOfClaims(payload) : null;
      return caller && this.#verified.add(token, caller, now, keysReadAt);
    } catch (error) {
      if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError)) {
        throw new TokensUnverifiableError('The keys of the issuer cannot be read', { cause: error });
      }
      // The response of the issuer was not a set of keys.
      if (error instanceof errors.JWKSInvalid || error.code === 'ERR_JOSE_GENERIC') {
        throw new TokensUnverifiableError(error.message, { cause: error });
      }
      return null;
    }
  }

  get #keysReadAt(): number {
    return this.#keysRead.uat ?? 0;
  }
}

function callerOfClaims(payload: unknown): Caller | null {
  const parsed = claims.safeParse(payload);
  if (!parsed.success) return null;
  const {
    sub,
    client_id: client,
    exp,
    scope,
    promotion_accounts: accounts,
    promotion_customer: customer,
  } = parsed.data;
  const accountScope = accounts ? parseAccountScope(accounts) : null;
  if (accounts && accountScope === null) return null;
  const scopes = scope.split(' ').filter(isScope);
  return {
    // The name of an API key cannot contain a colon.
    name: `token:${sub}`,
    scopes: new Set(customer === undefined ? scopes : scopes.filter((name) => CUSTOMER_SCOPES.has(name))),
    accountScope,
    customer: customer ?? null,
    // A token that was issued for a customer is in the customer's browser.
    isServer: client === sub && customer === undefined,
    // Subscriptions end when a request would be rejected.
    until: (exp + CLOCK_TOLERANCE_SECONDS) * 1000,
  };
}
