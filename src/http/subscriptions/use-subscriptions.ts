import { GraphQLError } from 'graphql';
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
import { unconditionalRoot } from './unconditional-root.ts';

const HEADERS = { 'content-type': 'text/event-stream' };

interface SubscribeArgs extends SentSubscription {
  contextValue: RequestContext & RequestFacts & { request: Request };
}

export interface SubscriptionOptions {
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
export function useSubscriptions(
  gateway: Gateway,
  { limits, maskError, metrics }: SubscriptionOptions,
): Plugin<RequestContext & RequestFacts, RequestFacts> {
  const slots = new SubscriptionSlots(limits);
  const shared = new SharedSubscriptions(gateway, eventFormat(maskError), () => metrics.countSubscriptionExecution());
  const streams = new WeakMap<Request, EventStream>();
  metrics.watchSubscriptions({ open: () => slots.taken, distinct: () => shared.size });

  const subscribe = async ({ contextValue, ...sent }: SubscribeArgs) => {
    const { request, res } = contextValue;
    if (res.closed) return NO_RESULTS;
    const { caller } = senderOf(contextValue);
    const asked = leanSubscription(sent);
    const release = slots.take(caller.name, asked.bytes);
    // Fires in every case, even if the response is never sent or the client does not accept event streams.
    res.once('close', release);
    const stream = new EventStream(res, () => metrics.countSlowSubscriber());
    const answer = await shared.join(asked, { caller, redeemer: contextValue.redeemer }, stream);
    if ('errors' in answer) {
      release();
      return answer;
    }
    if (res.closed) answer.leave();
    else res.once('close', answer.leave);
    streams.set(request, stream);
    return NO_RESULTS;
  };

  return {
    onValidate: ({ addValidationRule }) => addValidationRule(unconditionalRoot),
    onSubscribe({ args, setSubscribeFn }) {
      setSubscribeFn(() =>
        subscribe(args).catch((error: unknown) => {
          if (error instanceof GraphQLError) return { errors: [error] };
          throw error;
        }),
      );
    },
    onResultProcess({ request, resultProcessor, setResultProcessor, serverContext }) {
      const stream = streams.get(request);
      if (!stream || !resultProcessor) return;
      serverContext.eventStream = stream;
      setResultProcessor((_, { Response }) => new Response(null, { headers: HEADERS }), HEADERS['content-type']);
    },
  };
}

/** Tells Yoga and its plugins that the subscription has begun. The events themselves bypass them. */
const NO_RESULTS: AsyncIterable<never> = {
  [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }),
};
