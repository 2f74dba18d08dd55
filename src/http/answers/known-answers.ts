import type { IncomingMessage } from 'node:http';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { RequestLog } from '../../telemetry/request-log.ts';
import type { BodyReader } from '../admission/body-reader.ts';
import type { Quota } from '../admission/quota.ts';
import type { Senders } from '../admission/senders.ts';
import { millisecondsSince } from '../execution/operation-log.ts';
import type { RequestFacts, Sender } from '../request-facts.ts';
import type { Answer, AnswerCache } from './answer-cache.ts';
import { answerKey, isAnswerable } from './answer-key.ts';
import { sendAnswer } from './send-answer.ts';

export interface KnownAnswersOptions {
  cache: AnswerCache;
  senders: Senders;
  bodies: BodyReader;
  inFlight: Quota;
  requestLog: RequestLog;
  metrics: Metrics;
}

/**
 * Answers requests from memory, before GraphQL begins. What it does not answer goes on to Yoga, which also rejects
 * what is wrong with a request.
 */
export class KnownAnswers {
  readonly #options: KnownAnswersOptions;

  constructor(options: KnownAnswersOptions) {
    this.#options = options;
  }

  /**
   * Answers a request if its answer is known. If not, leaves in its facts what it has found out: the sender, the body, and
   * under which key the answer can be stored.
   * @returns whether the request is answered
   */
  async answer(facts: RequestFacts): Promise<boolean> {
    const { cache, metrics } = this.#options;
    if (!isAnswerable(facts.req)) return false;
    const sender = await this.#identify(facts);
    if (sender === null) return false;
    if (facts.req.method === 'POST' && !(await this.#receive(facts, sender))) return false;
    const key = answerKey(facts.req, facts.body?.bytes ?? null, sender.caller);
    if (key === null || !(cache.isCurrent || (await cache.catchUp()))) return false;
    const known = cache.get(key);
    metrics.countAnswer(known ? 'HIT' : 'MISS');
    if (!known) facts.asked = { key, begun: cache.now, executed: null };
    return known !== undefined && this.#send(facts, known, sender);
  }

  /** The sender; null: its credentials are not accepted. */
  async #identify(facts: RequestFacts): Promise<Sender | null> {
    try {
      return await this.#options.senders.identify(facts);
    } catch (error) {
      facts.senderFailure = error;
      return null;
    }
  }

  /** Reads the body of a POST. @returns whether all of it has arrived */
  async #receive(facts: RequestFacts, sender: Sender): Promise<boolean> {
    try {
      facts.body = await this.#options.bodies.read(facts.req, sender.quotaOwner);
      return true;
    } catch (error) {
      facts.bodyFailure = error;
      return false;
    }
  }

  /** @returns false if the sender has too many requests in flight */
  #send({ req, res, log }: RequestFacts, known: Answer, { caller, quotaOwner }: Sender): boolean {
    const { inFlight, requestLog, cache } = this.#options;
    if (!inFlight.take(quotaOwner, 1)) return false;
    res.once('close', () => inFlight.release(quotaOwner, 1));
    const { requestId, startedAt } = log;
    sendAnswer(res, known, { requestId, ifNoneMatch: preconditionOf(req), age: cache.ageOf(known) });
    requestLog.logOperation({
      requestId,
      caller: caller.name,
      operation: known.operation,
      type: 'query',
      outcomes: ['OK'],
      fields: known.fields,
      milliseconds: millisecondsSince(startedAt),
      providerCalls: 0,
      calls: [],
      fromMemory: true,
    });
    return true;
  }
}

/** RFC 9110, 13.1.2: a precondition of a POST is about something else. */
function preconditionOf({ method, headers }: IncomingMessage): string | undefined {
  return method === 'GET' ? headers['if-none-match'] : undefined;
}
