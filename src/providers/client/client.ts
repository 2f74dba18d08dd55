import { Pool } from 'undici';
import type { Instant, ProviderName } from '../../domain/promotion/promotion.ts';
import type { Call, ProviderHealth, WriteCall } from '../../domain/provider/provider.ts';
import { type InputFault, ProviderError } from '../../domain/provider/provider-error.ts';
import type { ObservedCall } from '../../telemetry/observed-call.ts';
import { inSpan, markFailed, traceHeaders } from '../../telemetry/span.ts';
import type { ConnectOptions } from '../definition.ts';
import type { Deadline, QueueState } from './call-queue.ts';
import { BrokenExchangeError, exchange, type WireAnswer } from './exchange.ts';
import {
  type CallFacts,
  type ConflictMeaning,
  type ErrorReading,
  exchangeFailure,
  isCancelledEarly,
  malformedAnswer,
  notFound,
  outcomeOf,
  statusFailure,
} from './failure.ts';
import { type Attempt, Guard, MAX_IN_FLIGHT } from './guard.ts';
import { parseJson } from './parse-json.ts';
import { textsIn } from './redaction.ts';
import { type BodyFormat, JSON_BODY, requestPath } from './request-format.ts';
import { type JsonObject, jsonObject, unreadableReason } from './wire-values.ts';

const MAX_ANSWER_BYTES = 5 * 1024 * 1024;

/** How one provider is addressed, and how it reports errors. */
export interface Dialect {
  provider: ProviderName;
  baseUrl: string;
  /** Sent with every call. */
  headers: Record<string, string>;
  /** The API key. It is removed from every failure message. */
  secret: string;
  /** How bodies are written. Default: JSON. */
  bodyFormat?: BodyFormat;
  /** Headers of answers that the message of a failure names, so that the provider can find the call. In lower case. */
  loggedHeaders?: readonly string[];
  /** Reads the body of an error. The body is a JSON object; its fields are not checked yet. */
  readError: (body: JsonObject) => ErrorReading;
}

/** One HTTP call to a provider, and how to read its answer. */
export interface WireRequest<Answer> {
  /** The method of {@link Provider} that makes this call. Failures, metrics and spans name it. */
  operation: string;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Segments below the base URL, not yet encoded. */
  path: readonly string[];
  /** Nested names are written in brackets, as in a form. */
  query?: object;
  headers?: Record<string, string>;
  body?: object;
  /** True for a POST that changes nothing. */
  isRead?: boolean;
  /** What a 409 means for this call. Default: CONFLICT. */
  conflictReason?: ConflictMeaning;
  /** The fault of the input that a 404 means. Absent: a 404 means that the object in the path does not exist. */
  notFoundFault?: InputFault | undefined;
  /** Reads the JSON of the answer. A ZodError or RangeError becomes a MALFORMED_ANSWER. */
  read: (body: unknown) => Answer;
}

/**
 * Sends requests to one provider over pooled connections. Every outcome is an answer or a {@link ProviderError}. Each
 * call goes through a {@link Guard}. Redirects are not followed.
 */
export class ProviderClient {
  readonly #dialect: Dialect;
  readonly #options: ConnectOptions;
  readonly #pool: Pool;
  readonly #basePath: string;
  readonly #guard: Guard;
  #closed: Promise<void> | undefined;

  constructor(dialect: Dialect, options: ConnectOptions) {
    const { origin, pathname } = new URL(dialect.baseUrl);
    this.#dialect = dialect;
    this.#options = options;
    this.#basePath = pathname.replace(/\/+$/, '');
    this.#guard = new Guard(dialect.provider, options.guard, options.observeHealth);
    this.#pool = new Pool(origin, {
      connections: MAX_IN_FLIGHT,
      connectTimeout: options.deadlineMs,
      maxResponseSize: MAX_ANSWER_BYTES,
      allowH2: false,
    });
  }

  /** How the provider is doing. */
  get health(): ProviderHealth {
    return this.#guard.health;
  }

  get downSince(): Instant | null {
    return this.#guard.downSince;
  }

  /** How busy the queue of calls is. */
  get queue(): QueueState {
    return this.#guard.queue;
  }

  /** Sends a request, with retries where they are safe. @throws {ProviderError} */
  async send<Answer>(request: WireRequest<Answer>, call: Call & Partial<WriteCall>): Promise<Answer> {
    const facts = this.#factsOf(request);
    const path = requestPath(this.#basePath, request.path, request.query);
    if (path === undefined) throw notFound(facts);
    const timed = this.withDeadline(call);
    const span = { kind: 'CLIENT' as const, attributes: { 'http.request.method': request.method } };
    return this.#guard.run(timed, () =>
      inSpan(`${facts.provider} ${facts.operation}`, span, async (own) => {
        // Runs after the wait for a turn, and before each try: the wait may have been long.
        if (!facts.isRead) await call.beforeSending?.();
        await call.onSend?.();
        const ended = await this.#attempt(facts, request, path, timed.signal);
        if ('failure' in ended && ended.failure.kind !== 'REJECTED') markFailed(own, ended.failure.kind);
        return ended;
      }),
    );
  }

  async #attempt<Answer>(
    facts: CallFacts,
    request: WireRequest<Answer>,
    path: string,
    signal: AbortSignal,
  ): Promise<Attempt<Answer>> {
    const startedAt = performance.now();
    let status: number | undefined;
    try {
      const exchanged = await this.#exchange(facts, request, path, signal);
      status = exchanged.status;
      const answer = this.#read(facts, request, exchanged);
      this.#observe(facts, { outcome: 'OK', message: null, startedAt });
      return { answer };
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      const isCancelled = isCancelledEarly(signal, performance.now() - startedAt, this.#options.deadlineMs);
      const { message } = error;
      if (!isCancelled) this.#observe(facts, { outcome: outcomeOf(error, status), message, startedAt });
      return { failure: error, isCancelled };
    }
  }

  /** Like {@link send}, but returns null if the provider reports that the object does not exist. */
  async find<Answer>(request: WireRequest<Answer>, call: Call): Promise<Answer | null> {
    try {
      return await this.send(request, call);
    } catch (error) {
      if (error instanceof ProviderError && error.reason === 'NOT_FOUND') return null;
      throw error;
    }
  }

  /** Gives a call a deadline, unless it has one. All requests that are sent with the result share that deadline. */
  withDeadline<Some extends Call>(call: Some & Partial<Deadline>): Some & Deadline {
    const { deadline, signal } = call;
    if (deadline !== undefined && signal !== undefined) return { ...call, deadline, signal };
    const timeout = AbortSignal.timeout(this.#options.deadlineMs);
    return {
      ...call,
      deadline: performance.now() + this.#options.deadlineMs,
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    };
  }

  /** Lets running calls end, then closes the connections. */
  close(): Promise<void> {
    this.#closed ??= this.#pool.close();
    return this.#closed;
  }

  async #exchange<Answer>(
    facts: CallFacts,
    { method, headers, body }: WireRequest<Answer>,
    path: string,
    signal: AbortSignal,
  ): Promise<WireAnswer> {
    const { bodyFormat = JSON_BODY } = this.#dialect;
    const sent = {
      accept: 'application/json',
      'user-agent': 'promo-gateway',
      ...(body !== undefined && { 'content-type': bodyFormat.contentType }),
      ...traceHeaders(),
      ...this.#dialect.headers,
      ...headers,
    };
    const options = { path, method, headers: sent, body: body === undefined ? null : bodyFormat.write(body) };
    try {
      return await exchange(this.#pool, options, signal);
    } catch (error) {
      if (!(error instanceof BrokenExchangeError)) throw error;
      // The status of an error is enough, even if its body was cut off.
      if (error.head !== undefined && error.head.status >= 300) return { ...error.head, text: '' };
      throw exchangeFailure(facts, error, signal);
    }
  }

  #read<Answer>(facts: CallFacts, { read }: WireRequest<Answer>, answer: WireAnswer): Answer {
    const body = parsed(answer.text);
    if (answer.status >= 300) throw statusFailure(facts, answer, this.#readError(body));
    if (body === undefined) throw malformedAnswer(facts, `HTTP ${answer.status}, not JSON`, answer);
    try {
      return read(body);
    } catch (error) {
      const problem = unreadableReason(error);
      if (problem === undefined) throw error;
      throw malformedAnswer(facts, `HTTP ${answer.status}, ${problem}`, answer);
    }
  }

  #readError(body: unknown): ErrorReading | undefined {
    const parsed = jsonObject.safeParse(body);
    return parsed.success ? this.#dialect.readError(parsed.data) : undefined;
  }

  #factsOf<Answer>(request: WireRequest<Answer>): CallFacts {
    const { operation, method, path, query, body, conflictReason, notFoundFault } = request;
    const { provider, secret, loggedHeaders = [] } = this.#dialect;
    const sent = () => ({ secret, values: textsIn([path, query, body]) });
    const isRead = request.isRead ?? method === 'GET';
    return { provider, operation, isRead, conflictReason, notFoundFault, loggedHeaders, sent };
  }

  #observe(
    { provider, operation }: CallFacts,
    { startedAt, ...ended }: Pick<ObservedCall, 'outcome' | 'message'> & { startedAt: number },
  ): void {
    this.#options.observe?.({ provider, operation, ...ended, durationMs: performance.now() - startedAt });
  }
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
