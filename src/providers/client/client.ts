import { Pool } from 'undici';
import type { ProviderName } from '../../domain/promotion/promotion.ts';
import type { Call, ProviderHealth, WriteCall } from '../../domain/provider/provider.ts';
import { type InputFault, ProviderError } from '../../domain/provider/provider-error.ts';
import type { ObservedCall } from '../../telemetry/observed-call.ts';
import { inSpan, markFailed, traceHeaders } from '../../telemetry/span.ts';
import type { ConnectOptions } from '../definition.ts';
import type { Deadline, QueueState } from './call-queue.ts';
import { BrokenExchange, exchange, type WireAnswer } from './exchange.ts';
import {
  brokenOff,
  type CallFacts,
  type ErrorReading,
  isTimeout,
  malformed,
  notThere,
  type Reason,
  refusedBy,
} from './failure.ts';
import { type Attempt, Guard, MAX_IN_FLIGHT } from './guard.ts';
import { textsIn } from './redaction.ts';
import { type JsonObject, jsonObject, misfit } from './wire-values.ts';

const MAX_ANSWER_BYTES = 5 * 1024 * 1024;
/** A "no" that a provider in good health gives. */
const HONEST_NO = new Set([404, 409, 422]);

export interface Dialect {
  provider: ProviderName;
  baseUrl: string;
  /** Sent with every call. */
  headers: Record<string, string>;
  /** The key; never in the message of a failure. */
  secret: string;
  /** Reads the body of an error, which is a JSON object but otherwise anything. */
  readError: (body: JsonObject) => ErrorReading;
}

export interface WireRequest<Answer> {
  /** The method of Provider that needs this call. */
  operation: string;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the base URL, one entry per segment, not yet encoded. */
  path: readonly string[];
  query?: Record<string, string | number | undefined>;
  headers?: Record<string, string>;
  body?: object;
  /** True for a POST that only reads. */
  isRead?: boolean;
  /** What a 409 means here; CONFLICT unless told. */
  conflict?: Reason;
  /** What is wrong with the input where the answer is a 404; absent: what the path names is not there. */
  unknown?: InputFault | undefined;
  /** Reads the answer's JSON. A ZodError or RangeError from it makes a MALFORMED_ANSWER. */
  read: (body: unknown) => Answer;
}

/**
 * Speaks JSON to one provider over pooled connections and turns whatever happens into an answer or a
 * {@link ProviderError}. A {@link Guard} stands before it; no redirect is followed.
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
    this.#guard = new Guard(dialect.provider, options.guard);
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

  /** How busy its queue is. */
  get queue(): QueueState {
    return this.#guard.queue;
  }

  /** @throws ProviderError */
  async send<Answer>(request: WireRequest<Answer>, call: Call & Partial<WriteCall>): Promise<Answer> {
    const facts = this.#factsOf(request);
    const path = this.#pathOf(request);
    if (path === undefined) throw notThere(facts);
    const timed = this.within(call);
    const span = { kind: 'CLIENT' as const, attributes: { 'http.request.method': request.method } };
    return this.#guard.run(timed, () =>
      inSpan(`${facts.provider} ${facts.operation}`, span, async (own) => {
        // After the wait for a turn, and before each try: it may have taken long.
        if (!facts.isRead) call.beforeSending?.();
        call.onSend?.();
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
      this.#observe(facts, 'OK', startedAt);
      return { answer };
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      const isCalledOff = signal.aborted && !isTimeout(signal.reason);
      if (!isCalledOff) this.#observe(facts, healthOf(error, status), startedAt);
      return { failure: error, isCalledOff };
    }
  }

  /** The same for a look-up: null where the provider says that there is no such object. */
  async find<Answer>(request: WireRequest<Answer>, call: Call): Promise<Answer | null> {
    try {
      return await this.send(request, call);
    } catch (error) {
      if (error instanceof ProviderError && error.reason === 'NOT_FOUND') return null;
      throw error;
    }
  }

  /** One deadline for all the calls that are made with the result. */
  within<Some extends Call>(call: Some & Partial<Deadline>): Some & Deadline {
    const { deadline, signal } = call;
    if (deadline !== undefined && signal !== undefined) return { ...call, deadline, signal };
    const timeout = AbortSignal.timeout(this.#options.deadlineMs);
    return {
      ...call,
      deadline: performance.now() + this.#options.deadlineMs,
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    };
  }

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
    const sent = {
      accept: 'application/json',
      'user-agent': 'promo-gateway',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...traceHeaders(),
      ...this.#dialect.headers,
      ...headers,
    };
    const options = { path, method, headers: sent, body: body === undefined ? null : JSON.stringify(body) };
    try {
      return await exchange(this.#pool, options, signal);
    } catch (error) {
      if (!(error instanceof BrokenExchange)) throw error;
      // An error's status says all that matters; its body may be cut off.
      if (error.head !== undefined && error.head.status >= 300) return { ...error.head, text: '' };
      throw brokenOff(facts, error, signal);
    }
  }

  #read<Answer>(facts: CallFacts, { read }: WireRequest<Answer>, answer: WireAnswer): Answer {
    const body = parseJson(answer.text);
    if (answer.status >= 300) throw refusedBy(facts, answer, this.#readError(body));
    if (body === undefined) throw malformed(facts, `HTTP ${answer.status}, not JSON`);
    try {
      return read(body);
    } catch (error) {
      const why = misfit(error);
      if (why === undefined) throw error;
      throw malformed(facts, `HTTP ${answer.status}, ${why}`);
    }
  }

  #readError(body: unknown): ErrorReading | undefined {
    const parsed = jsonObject.safeParse(body);
    return parsed.success ? this.#dialect.readError(parsed.data) : undefined;
  }

  #factsOf<Answer>(request: WireRequest<Answer>): CallFacts {
    const { operation, method, path, query, body, conflict, unknown } = request;
    const { provider, secret } = this.#dialect;
    const sent = () => ({ secret, values: textsIn([path, query, body]) });
    return { provider, operation, isRead: request.isRead ?? method === 'GET', conflict, unknown, sent };
  }

  #pathOf<Answer>({ path, query = {} }: WireRequest<Answer>): string | undefined {
    if (!path.every(isPathSegment)) return undefined;
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
    const encoded = `${this.#basePath}/${path.map(encodeURIComponent).join('/')}`;
    return search.size === 0 ? encoded : `${encoded}?${search}`;
  }

  #observe({ provider, operation }: CallFacts, outcome: ObservedCall['outcome'], startedAt: number): void {
    this.#options.observe?.({ provider, operation, outcome, durationMs: performance.now() - startedAt });
  }
}

/** "." and ".." would lead to another path, however they are encoded; a lone surrogate cannot be encoded at all. */
function isPathSegment(text: string): boolean {
  return text !== '' && text !== '.' && text !== '..' && text.isWellFormed();
}

function healthOf(failure: ProviderError, status: number | undefined): ObservedCall['outcome'] {
  const isNo =
    failure.reason !== undefined || failure.fault !== undefined || (status !== undefined && HONEST_NO.has(status));
  return failure.kind === 'REJECTED' && isNo ? 'OK' : failure.kind;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
