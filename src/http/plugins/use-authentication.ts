import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { OperationRules } from '../../auth/access-rules.ts';
import { type ApiKey, callerOfKey } from '../../auth/api-keys.ts';
import { type Caller, LOCAL_CALLER } from '../../auth/caller.ts';
import { Tokens, TokensUnverifiable } from '../../auth/tokens.ts';
import type { Config } from '../../config/config.ts';
import type { Instant } from '../../domain/promotion/promotion.ts';
import type { RequestContext } from '../../graphql/context.ts';
import { schema } from '../../graphql/schema.ts';
import type { RequestFacts } from '../request-facts.ts';

const BEARER = /^bearer +(?<credentials>[\w.~+/=-]+) *$/i;
const CHALLENGE = 'Bearer realm="promo-gateway"';

/** Tells who sends a request, by the key or the token in its `Authorization: Bearer …` (RFC 6750). */
export class Authentication {
  readonly #keys: readonly ApiKey[];
  readonly #tokens: Tokens | null;

  constructor({ keys, tokens }: Config['access'], clock: () => Instant) {
    this.#keys = keys;
    this.#tokens = tokens && new Tokens(tokens, clock);
  }

  /**
   * Finds out who sends a request with this `Authorization`.
   * @throws {GraphQLError} answered with 401, or 503 while tokens cannot be checked
   */
  identify(authorization: string | undefined): Caller | Promise<Caller> {
    if (this.#keys.length === 0 && this.#tokens === null) return LOCAL_CALLER;
    if (authorization === undefined) throw unauthenticated('Send a key: Authorization: Bearer …', CHALLENGE);
    const credentials = BEARER.exec(authorization)?.groups?.credentials ?? '';
    const caller = callerOfKey(this.#keys, credentials);
    if (caller) return caller;
    if (this.#tokens === null) throw wrongCredentials();
    return this.#tokens.callerOf(credentials).then(
      (found) => found ?? Promise.reject(wrongCredentials()),
      (error: unknown) => Promise.reject(error instanceof TokensUnverifiable ? unverifiable() : error),
    );
  }
}

/** Answers callers that are not known with 401, before anything of their request is read. */
export function useAuthentication(authentication: Authentication): Plugin<RequestContext, RequestFacts> {
  return {
    onRequestParse({ serverContext }) {
      const remember = (caller: Caller) => {
        serverContext.sender = caller;
      };
      const caller = authentication.identify(serverContext.req.headers.authorization);
      // Only a token has to be waited for.
      return caller instanceof Promise ? caller.then(remember) : remember(caller);
    },
  };
}

/** Who sends a request that has been let in. */
export function callerOf({ sender }: RequestFacts): Caller {
  if (!sender) throw new Error('A request was let in that nobody was asked for');
  return sender;
}

interface Asking {
  args: Parameters<OperationRules['refusal']>[0] & { contextValue: RequestContext };
  setResultAndStopExecution(result: { errors: GraphQLError[] }): void;
}

/**
 * Answers an operation that asks for more than its caller may with 403, before any of it is done. The schema holds
 * callers to the same rules by itself; there a write could have been done by the time that a field below it is refused.
 */
export function useAccessRules(): Plugin<RequestContext> {
  const rules = new OperationRules(schema);
  const check = ({ args, setResultAndStopExecution }: Asking) => {
    const refusal = rules.refusal(args, args.contextValue);
    if (refusal) setResultAndStopExecution({ errors: [refusal] });
  };
  return { onExecute: check, onSubscribe: check };
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
