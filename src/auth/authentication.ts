import { GraphQLError } from 'graphql';
import type { Instant } from '../domain/promotion/promotion.ts';
import { type ApiKey, callerOfKey } from './api-keys.ts';
import { type Caller, LOCAL_CALLER } from './caller.ts';
import { type TokenRules, Tokens, TokensUnverifiableError } from './tokens.ts';

const BEARER = /^bearer +(?<credentials>[\w.~+/=-]+) *$/i;
/** What GraphiQL shows in place of a key. */
export const KEY_PLACEHOLDER = 'put your key here';
const CHALLENGE = 'Bearer realm="promo-gateway"';

const PLACEHOLDER_SENT = `The headers have "${KEY_PLACEHOLDER}" in place of a key. In GraphiQL, each tab has its own headers`;

/** The credentials that are accepted. */
export interface AccessConfig {
  keys: readonly ApiKey[];
  tokens: TokenRules | null;
}

/** Identifies callers by the API key or the token in `Authorization: Bearer …` (RFC 6750). */
export class Authentication {
  readonly #keys: readonly ApiKey[];
  readonly #tokens: Tokens | null;

  constructor({ keys, tokens }: AccessConfig, clock: () => Instant) {
    this.#keys = keys;
    this.#tokens = tokens && new Tokens(tokens, clock);
  }

  /** False if neither keys nor tokens are configured. */
  get isRequired(): boolean {
    return this.#keys.length > 0 || this.#tokens !== null;
  }

  /**
   * Identifies the caller. Only a token that has not been verified yet is verified asynchronously.
   * @param authorization the value of the header
   * @throws {GraphQLError} UNAUTHENTICATED, answered with 401; UNAVAILABLE, answered with 503, while tokens cannot be checked
   */
  identify(authorization: string | undefined): Caller | Promise<Caller> {
    if (!this.isRequired) return LOCAL_CALLER;
    if (authorization === undefined) throw unauthenticated('Send a key: Authorization: Bearer …', CHALLENGE);
    if (authorization.includes(KEY_PLACEHOLDER)) throw unauthenticated(PLACEHOLDER_SENT, CHALLENGE);
    const credentials = BEARER.exec(authorization)?.groups?.credentials ?? '';
    const caller = callerOfKey(this.#keys, credentials);
    if (caller) return caller;
    if (this.#tokens === null) throw invalidCredentials();
    const known = this.#tokens.knownCallerOf(credentials);
    if (known) return known;
    return this.#tokens.callerOf(credentials).then(
      (found) => found ?? Promise.reject(invalidCredentials()),
      (error: unknown) => Promise.reject(error instanceof TokensUnverifiableError ? tokensUnavailable() : error),
    );
  }
}

function unauthenticated(message: string, challenge: string): GraphQLError {
  const http = { status: 401, headers: { 'www-authenticate': challenge } };
  return new GraphQLError(message, { extensions: { code: 'UNAUTHENTICATED', http } });
}

function invalidCredentials(): GraphQLError {
  return unauthenticated('The key or token is not valid', `${CHALLENGE}, error="invalid_token"`);
}

function tokensUnavailable(): GraphQLError {
  const http = { status: 503, headers: { 'retry-after': '5' } };
  return new GraphQLError('Tokens cannot be checked right now', { extensions: { code: 'UNAVAILABLE', http } });
}
