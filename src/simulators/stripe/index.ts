import { openDocuments } from '../server/documents.ts';
import { serve } from '../server/listen.ts';
import type { Simulator, SimulatorOptions } from '../server/simulator.ts';
import { createStripeApi } from './api.ts';
import { stripeRefusal } from './errors.ts';
import { isLiveKey, type StripeAccess } from './requests/credentials.ts';
import { createIdempotentRequests, StoredRequest } from './requests/idempotent-requests.ts';
import { NEWEST_VERSION } from './requests/stripe-version.ts';
import { openAccounts } from './stripe-accounts.ts';

export interface StripeOptions extends SimulatorOptions, Partial<StripeAccess> {
  /** The version of calls without `Stripe-Version`. */
  defaultVersion?: string;
}

/** A simulated Stripe, and what its API does not offer. */
export interface StripeSimulator extends Simulator {
  /**
   * Plays a call that still executes: calls with this idempotency key are refused until the returned function is
   * called.
   */
  keepBusy(idempotencyKey: string): () => void;
}

/** Starts a simulated Stripe with a platform and its connected accounts, each with its own data. */
export async function startStripeSimulator(options: StripeOptions = {}): Promise<StripeSimulator> {
  const { apiKey = 'sk_test_sandbox', clock = Date.now, port, stateFile, connectedAccounts } = options;
  const { platform = 'acct_platform', defaultVersion = NEWEST_VERSION } = options;
  const documents = openDocuments(isLiveKey(apiKey) ? 'stripe-live' : 'stripe', stateFile);
  const accounts = openAccounts(documents, clock);
  const stored = documents.collection('idempotent-requests', StoredRequest);
  const idempotency = createIdempotentRequests(stored, { clock, refuse: stripeRefusal });
  const access = { apiKey, platform, connectedAccounts };
  const answer = createStripeApi({ accounts, access, idempotency, defaultVersion, clock });
  const { redeem, redeemed, promoCodes } = accounts;
  const backend = { answer, redeem, redeemed, promoCodes };
  const simulator = await serve({ backend, documents, apiKey, port, basePath: '' });
  return { ...simulator, keepBusy: idempotency.keepBusy };
}
