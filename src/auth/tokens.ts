import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { z } from 'zod';
import type { Instant } from '../domain/promotion/promotion.ts';
import { parseAccountScope } from './account-scope.ts';
import { type Caller, CUSTOMER_SCOPES, isScope } from './caller.ts';

/** Whose tokens are accepted. */
export interface TokenRules {
  jwksUrl: string;
  issuer: string;
  audience: string;
}

/** Keys that only their issuer can sign with: a secret that is shared could be used by whoever checks with it. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

/** How far the clocks of an issuer and of this machine may differ, in seconds. */
const CLOCK_TOLERANCE = 10;

/**
 * The kind of an access token (RFC 9068, 2.1, and what issuers wrote before it). Tokens of other kinds that the same
 * issuer signs, such as `logout+jwt` or `dpop+jwt`, grant nothing.
 */
const header = z.object({
  typ: z
    .string()
    .toLowerCase()
    .pipe(z.enum(['at+jwt', 'application/at+jwt', 'jwt']))
    .optional(),
});

/** Half a surrogate pair is stored as U+FFFD, so that two such names would be one. */
const wellFormed = z
  .string()
  .min(1)
  .max(255)
  .refine((text) => text.isWellFormed());

/** RFC 9068: who asks is `sub`, or the client where it asks for itself; `scope` is separated by spaces. */
const claims = z.object({
  sub: wellFormed,
  client_id: z.string().optional(),
  /** In seconds since 1970. */
  exp: z.number(),
  scope: z.string().default(''),
  promotion_accounts: z.array(z.string()).optional(),
  // As a customer's id in an input has to be.
  promotion_customer: wellFormed.refine((id) => id.trim() !== '' && !/\p{Cc}/u.test(id)).optional(),
});

/** The keys that tokens are signed with cannot be read now, so no token can be checked. */
export class TokensUnverifiableError extends Error {
  override readonly name = 'TokensUnverifiableError';
}

/** Checks JSON Web Tokens (RFC 7519, RFC 8725) against the keys of their issuer, which are read when they are needed. */
export class Tokens {
  readonly #rules: TokenRules;
  readonly #clock: () => Instant;
  readonly #keys: JWTVerifyGetKey;

  constructor(rules: TokenRules, clock: () => Instant) {
    this.#rules = rules;
    this.#clock = clock;
    this.#keys = createRemoteJWKSet(new URL(rules.jwksUrl));
  }

  /**
   * Whose token it is; null for one that is not valid, not meant for here, or over.
   * @throws {TokensUnverifiableError}
   */
  async callerOf(token: string): Promise<Caller | null> {
    const { issuer, audience } = this.#rules;
    try {
      const currentDate = new Date(this.#clock());
      const rules = { issuer, audience, algorithms: ALGORITHMS, clockTolerance: CLOCK_TOLERANCE, currentDate };
      const { payload, protectedHeader } = await jwtVerify(token, this.#keys, rules);
      return header.safeParse(protectedHeader).success ? callerNamed(payload) : null;
    } catch (error) {
      if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError)) {
        throw new TokensUnverifiableError('The keys of the issuer cannot be read', { cause: error });
      }
      // What the issuer's address answered was no set of keys.
      if (error instanceof errors.JWKSInvalid || error.code === 'ERR_JOSE_GENERIC') {
        throw new TokensUnverifiableError(error.message, { cause: error });
      }
      return null;
    }
  }
}

function callerNamed(payload: unknown): Caller | null {
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
    // No key can have this name.
    name: `token:${sub}`,
    scopes: new Set(customer === undefined ? scopes : scopes.filter((one) => CUSTOMER_SCOPES.has(one))),
    accountScope,
    customer: customer ?? null,
    // What a server had issued for a customer is in the customer's browser.
    isServer: client === sub && customer === undefined,
    // What listens goes on for as long as a request would be answered.
    until: (exp + CLOCK_TOLERANCE) * 1000,
  };
}
