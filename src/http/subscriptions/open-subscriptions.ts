import { type ExecutionResult, GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Gateway } from '../../gateway/core/gateway.ts';
import type { RequestContext } from '../../graphql/context.ts';
import { leanSubscription, type SentSubscription } from '../../graphql/subscriptions/lean-subscription.ts';
import { SharedSubscriptions } from '../../graphql/subscriptions/shared-subscriptions.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { type RequestFacts, senderOf } from '../request-facts.ts';
import { eventFormat } from './event-format.ts';
import { EventStream } from './event-stream.ts';
import { type SlotLimits, SubscriptionSlots } from './subscription-slots.ts';

const HEADERS = { 'content-type': 'text/event-stream' };

/** What Yoga passes to a hook before it turns a result into a response. */
type ResultProcessing = Parameters<NonNullable<Plugin<object, RequestFacts>['onResultProcess']>>[0];

interface SubscribeArgs extends SentSubscription {
  contextValue: RequestContext & RequestFacts;
}

type Results = AsyncIterable<never> | ExecutionResult;

export interface SubscriptionOptions {
  gateway: Gateway;
  limits: SlotLimits;
  /** Makes an error safe to show. */
  maskError: (error: unknown) => Error;
  metrics: Metrics;
}

/**
 * Answers subscriptions. Their events bypass Yoga, which would execute, serialize and queue each event for every
 * subscriber. Here an event is executed and serialized once for all equal subscriptions, and the bytes are written to
 * each response.
 */
export class OpenSubscriptions {
  readonly #slots: SubscriptionSlots;
  readonly #shared: SharedSubscriptions;
  readonly #metrics: Metrics;

  constructor({ gateway, limits, maskError, metrics }: SubscriptionOptions) {
    this.#slots = new SubscriptionSlots(limits);
    this.#shared = new SharedSubscriptions(gateway, eventFormat(maskError), () => metrics.countSubscriptionExecution());
    this.#metrics = metrics;
    metrics.watchSubscriptions({ open: () => this.#slots.taken, distinct: () => this.#shared.size });
  }

  /** Subscribes a client. The result has no events: {@link answerByStream} hands the response to the stream. */
  async subscribe(args: SubscribeArgs): Promise<Results> {
    try {
      return await this.#subscribe(args);
    } catch (error) {
      if (error instanceof GraphQLError) return { errors: [error] };
      throw error;
    }
  }

  async #subscribe({ contextValue, ...sent }: SubscribeArgs): Promise<Results> {
    const { res } = contextValue;
    if (res.closed) return NO_RESULTS;
    const { caller } = senderOf(contextValue);
    const asked = leanSubscription(sent);
    const release = this.#slots.take(caller.name, asked.bytes);
    // Fires in every case, even if the response is never sent or the client does not accept event streams.
    res.once('close', release);
    const stream = new EventStream(res, () => this.#metrics.countSlowSubscriber());
    const answer = await this.#shared.join(asked, { caller, redeemer: contextValue.redeemer }, stream);
    if ('errors' in answer) {
      release();
      return answer;
    }
    if (res.closed) answer.leave();
    else res.once('close', answer.leave);
    contextValue.eventStream = stream;
    return NO_RESULTS;
  }
}

/** Lets Yoga answer a subscription with headers alone. A client that does not accept events gets its 406. */
export function answerByStream({ serverContext, resultProcessor, setResultProcessor }: ResultProcessing): void {
  if (!serverContext.eventStream) return;
  if (resultProcessor) {
    setResultProcessor((_, { Response }) => new Response(null, { headers: HEADERS }), HEADERS['content-type']);
  } else serverContext.eventStream = undefined;
}

/** Tells Yoga and its plugins that the subscription has begun. The events themselves bypass them. */
const NO_RESULTS: AsyncIterable<never> = {
  [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }),
};
