import { randomUUID } from 'node:crypto';
import { afterAll, afterEach } from 'vitest';
import { stripe } from '../../../src/providers/index.ts';
import { startStripeSimulator } from '../../../src/simulators/stripe/index.ts';
import { officialClient } from '../../simulators/stripe/open-stripe.ts';
import { defined } from '../../support/defined.ts';
import { openSubject } from '../open-subject.ts';
import { makePromoCode, writeCall } from '../subject.ts';

/**
 * The adapter with a simulated Stripe, where every subscription exists, for all tests of a file. Call it at the top level of the
 * file.
 */
export async function openSubscriptions() {
  const simulator = await startStripeSimulator();
  const subject = openSubject(stripe, simulator);
  const { provider } = subject;
  afterEach(() => simulator.heal());
  afterAll(() => subject.close());
  /** Another writer of the same account. */
  const rival = officialClient(simulator);

  const uses = ({ providerId }: { providerId: string }, subscriptionId: string) =>
    provider.listSubscriptionUses?.({ providerId }, subscriptionId, {});

  return {
    subject,
    rival,
    uses,
    newSubscription: () => `sub_${randomUUID()}`,

    async apply(promotion: { providerId: string; code?: string }, subscriptionId: string, call = writeCall()) {
      const usesBefore = defined(await uses(promotion, subscriptionId));
      return defined(await provider.applyToSubscription?.(promotion, { subscriptionId, usesBefore }, call));
    },

    /** Applies a new code. */
    async applyNew(subscriptionId: string): Promise<string> {
      const target = { subscriptionId, usesBefore: [] };
      return defined(await provider.applyToSubscription?.(await makePromoCode(subject), target, writeCall()));
    },

    remove: (useId: string, subscriptionId: string) =>
      provider.removeFromSubscription?.({ useId, subscriptionId }, writeCall()),

    /** The ids of all discounts of a subscription, in their order. */
    async discountsOf(subscriptionId: string): Promise<string[]> {
      const { discounts } = await rival.subscriptions.retrieve(subscriptionId);
      return discounts.map((discount) => (typeof discount === 'string' ? discount : discount.id));
    },

    /** The calls that changed a subscription. */
    changes: (subscriptionId: string) =>
      simulator.calls.filter(({ method, path }) => method === 'POST' && path.includes(subscriptionId)),

    /** Lets another writer act after the next call with this method was executed, and before it is answered. */
    meanwhile(method: 'GET' | 'POST', subscriptionId: string, act: () => Promise<unknown>): void {
      const struck = Promise.withResolvers<void>();
      const delay = struck.promise.then(act);
      simulator.fail({ kind: 'late', method, path: new RegExp(subscriptionId), delay, onStrike: struck.resolve });
    },
  };
}
