import { openDocuments } from '../server/documents.ts';
import { serve } from '../server/listen.ts';
import type { Simulator, SimulatorOptions } from '../server/simulator.ts';
import { createStripeApi } from './api.ts';
import { stripeRefusal as refuse } from './errors.ts';
import { createEventLog } from './events/event-log.ts';
import { StripeEvent } from './events/stripe-event.ts';
import { createWebhookSender, WebhookEndpoint } from './events/webhook-sender.ts';
import { isLiveKey, type StripeAccess } from './requests/credentials.ts';
import { createIdempotentRequests, StoredRequest } from './requests/idempotent-requests.ts';
import { requestRate } from './requests/request-rate.ts';
import { NEWEST_VERSION } from './requests/stripe-version.ts';
import { openAccounts } from './stripe-accounts.ts';
import { DEFAULT_STRIPE_SWITCHES, type StripeSwitches } from './switches.ts';

/** Signs the webhooks of a sandbox. */
const SANDBOX_SECRET = 'whsec_sandbox';

export interface StripeOptions extends SimulatorOptions, Partial<StripeAccess> {
  /** The version of calls without `Stripe-Version`, and of the objects in events. */
  defaultVersion?: string;
  /** The calls that each endpoint of an account answers in a second. Absent: all. */
  callsPerSecond?: number;
  /** Receivers of events, besides those that are created by the API. */
  webhooks?: readonly WebhookEndpoint[];
  switches?: Partial<StripeSwitches>;
}

/** A simulated Stripe, and what its API does not offer. */
export interface StripeSimulator extends Simulator {
  /**
   * Plays a call that still executes: calls with this idempotency key are refused until the returned function is
   * called.
   */
  keepBusy(idempotencyKey: string): () => void;
  /** Adds a receiver of later events. */
  addWebhook(endpoint: WebhookEndpoint): void;
  /** All events of all accounts, oldest first. */
  events(): StripeEvent[];
  /** Delivers an event again, as Stripe does when a receiver did not answer. @throws for an unknown id */
  redeliver(eventId: string): void;
  /** Resolves to the statuses of the deliveries since the last call, once all are answered; 0: no answer. */
  delivered(): Promise<number[]>;
}

/** Starts a simulated Stripe with a platform and its connected accounts, each with its own data. */
export async function startStripeSimulator(options: StripeOptions = {}): Promise<StripeSimulator> {
  const { apiKey = 'sk_test_sandbox', clock = Date.now, port, stateFile, keptCalls, connectedAccounts } = options;
  const { platform = 'acct_platform', defaultVersion = NEWEST_VERSION, callsPerSecond } = options;
  const switches = { ...DEFAULT_STRIPE_SWITCHES, ...options.switches };
  const isLive = isLiveKey(apiKey);
  const documents = openDocuments(isLive ? 'stripe-live' : 'stripe', stateFile);
  const events = documents.collection('events', StripeEvent);
  const endpoints = documents.collection('webhook-endpoints', WebhookEndpoint);
  const webhooks = [...(options.webhooks ?? [])];
  const addWebhook = (endpoint: WebhookEndpoint) => void webhooks.push(endpoint);
  const sender = createWebhookSender(() => [...webhooks, ...endpoints.all()], clock);
  const reportsUses = switches.useEvents === 'sent';
  const record = createEventLog({ events, sender, platform, defaultVersion, isLive, reportsUses, clock });
  const accounts = openAccounts(documents, { clock, record });
  const stored = documents.collection('idempotent-requests', StoredRequest);
  const idempotency = createIdempotentRequests(stored, { clock, refuse });
  const answer = createStripeApi({
    accounts,
    access: { apiKey, platform, connectedAccounts },
    idempotency,
    checkRate: requestRate(callsPerSecond, { clock, refuse }),
    events,
    endpoints,
    defaultVersion,
    switches,
    clock,
  });
  const { redeem, redeemed, promoCodes } = accounts;
  const backend = { answer, redeem, redeemed, promoCodes };
  const simulator = await serve({ backend, documents, apiKey, port, keptCalls, basePath: '' });
  return {
    ...simulator,
    keepBusy: idempotency.keepBusy,
    addWebhook,
    webhooks: { secret: SANDBOX_SECRET, deliverTo: (url) => addWebhook({ url, secrets: [SANDBOX_SECRET] }) },
    events: events.all,
    redeliver(eventId) {
      const event = events.get(eventId);
      if (event === undefined) throw new Error(`Stripe has no event ${eventId}`);
      sender.send(event);
    },
    delivered: sender.settled,
    async close() {
      sender.close();
      await simulator.close();
    },
  };
}
