import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Gateway } from '../../gateway/core/gateway.ts';
import type { RequestContext } from '../../graphql/context.ts';
import { askedSubscription, type SentSubscription } from '../../graphql/subscriptions/asked-subscription.ts';
import { SharedSubscriptions } from '../../graphql/subscriptions/shared-subscriptions.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { callerOf } from '../plugins/use-authentication.ts';
import type { RequestFacts } from '../request-facts.ts';
import { eventFormat } from './event-format.ts';
import { EventStream } from './event-stream.ts';
import { type SlotLimits, SubscriptionSlots } from './subscription-slots.ts';
import { unconditionalRoot } from './unconditional-root.ts';

const HEADERS = { 'content-type': 'text/event-stream' };

interface Args extends SentSubscription {
  contextValue: RequestContext & RequestFacts & { request: Request };
}

/**
 * Responder subscriptions. Their events do not pass through Yoga, which would execute, serialise and queue each of them for
 * every subscriber: they are serialized once for all equal subscriptions, and written to each answer as they are.
 */
export function useSubscriptions(
  gateway: Gateway,
  { limits, mask, metrics }: { limits: SlotLimits; mask: (error: unknown) => Error; metrics: Metrics },
): Plugin<RequestContext & RequestFacts, RequestFacts> {
  const slots = new SubscriptionSlots(limits);
  const shared = new SharedSubscriptions(gateway, eventFormat(mask), () => metrics.countSubscriptionExecution());
  const streams = new WeakMap<Request, EventStream>();
  metrics.watchSubscriptions({ listeners: () => slots.taken, shared: () => shared.size });

  const subscribe = async ({ contextValue, ...sent }: Args) => {
    const { request, res } = contextValue;
    if (res.closed) return NO_RESULTS;
    const caller = callerOf(contextValue);
    const asked = askedSubscription(sent);
    const release = slots.take(caller.name, asked.bytes);
    // Fires in every case: also when the answer is never sent, or the client accepts no such answer.
    res.once('close', release);
    const stream = new EventStream(res, () => metrics.countUnreadSubscription());
    const answer = await shared.join(asked, caller, stream);
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
      serverContext.events = stream;
      setResultProcessor((_, { Response }) => new Response(null, { headers: HEADERS }), HEADERS['content-type']);
    },
  };
}

/** Shows Yoga and its plugins that the operation has begun; the events themselves bypass them. */
const NO_RESULTS: AsyncIterable<never> = {
  [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }),
};
