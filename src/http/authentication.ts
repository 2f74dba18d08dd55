import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { type ApiKey, callerOfKey } from '../access/api-keys.ts';
import { type Caller, LOCAL_CALLER } from '../access/caller.ts';
import { Tokens, TokensUnverifiable } from '../access/tokens.ts';
import type { Config } from '../config.ts';
import { OperationRules } from '../graphql/access.ts';
import type { RequestContext } from '../graphql/context.ts';
import { schema } from '../graphql/schema.ts';
import type { Instant } from '../promo/promotion.ts';

const BEARER = /^bearer +(?<credentials>[\w.~+/=-]+) *$/i;
const CHALLENGE = 'Bearer realm="promo-gateway"';

/** Tells who sends a request, by the key or the token in its `Authorization: Bearer …` (RFC 6750). */
export class Authentication {
  readonly #keys: readonly ApiKey[];
  readonly #tokens: Tokens | null;
  readonly #callers = new WeakMap<Request, Caller>();

  constructor({ keys, tokens }: Config['access'], clock: () => Instant) {
    this.#keys = keys;
    this.#tokens = tokens && new Tokens(tokens, clock);
  }

  /** Who sends the request, once it has been identified. */
  callerOf(request: Request): Caller {
    const caller = this.#callers.get(request);
    if (!caller) throw new Error('A request was answered that nobody was asked for');
    return caller;
  }

  /**
   * Finds out who sends the request.
   * @throws {GraphQLError} answered with 401, or 503 while tokens cannot be checked
   */
  identify(request: Request): Caller | Promise<Caller> {
    const caller = this.#identify(request);
    if (!(caller instanceof Promise)) return this.#remember(request, caller);
    return caller.then((found) => this.#remember(request, found));
  }

  #identify(request: Request): Caller | Promise<Caller> {
    if (this.#keys.length === 0 && this.#tokens === null) return LOCAL_CALLER;
    const authorization = request.headers.get('authorization');
    if (authorization === null) throw unauthenticated('Send a key: Authorization: Bearer …', CHALLENGE);
    const credentials = BEARER.exec(authorization)?.groups?.credentials ?? '';
    const caller = callerOfKey(this.#keys, credentials);
    if (caller) return caller;
    if (this.#tokens === null) throw wrongCredentials();
    return this.#tokens.callerOf(credentials).then(
      (found) => found ?? Promise.reject(wrongCredentials()),
      (error: unknown) => Promise.reject(error instanceof TokensUnverifiable ? unverifiable() : error),
    );
  }

  #remember(request: Request, caller: Caller): Caller {
    this.#callers.set(request, caller);
    return caller;
  }
}

/** Answers callers that are not known with 401, before anything of their request is read. */
export function useAuthentication(authentication: Authentication): Plugin {
  return {
    onRequestParse({ request }) {
      const caller = authentication.identify(request);
      return caller instanceof Promise ? caller.then(() => undefined) : undefined;
    },
  };
}

/**
 * Answers an operation that asks for more than its caller may with 403, before any of it is done. The schema holds
 * callers to the same rules by itself; there a write could have been done by the time that a field below it is refused.
 */
export function useAccessRules(): Plugin<RequestContext> {
  const rules = new OperationRules(schema);
  return {
    onExecute({ args, setResultAndStopExecution }) {
      const refusal = rules.refusal(args, args.contextValue.scopes);
      if (refusal) setResultAndStopExecution({ errors: [refusal] });
    },
    onSubscribe({ args, setResultAndStopExecution }) {
      const refusal = rules.refusal(args, args.contextValue.scopes);
      if (refusal) setResultAndStopExecution({ errors: [refusal] });
    },
  };
}

function unauthenticated(message: string, challenge: string): GraphQLError {
  const http = { status: 401, headers: { 'www-authenticate': challenge } };
  return new GraphQLError(message, { extensions: { code: 'UNAUTHENTICATED', http } });
}

function wrongCredentials(): GraphQLError {
  return unauthenticated('The key or token is not valid', `${CHALLENGE}, error="invalid_token"`);
}

function unverifiable(): GraphQLError {
  const http = { status: 503, headers: { 'retry-after': '5' } };
  return new GraphQLError('Tokens cannot be checked right now', { extensions: { code: 'UNAVAILABLE', http } });
}
