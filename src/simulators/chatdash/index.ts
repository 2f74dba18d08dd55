import { openDocuments } from '../server/documents.ts';
import { serve } from '../server/listen.ts';
import type { Simulator, SimulatorOptions } from '../server/simulator.ts';
import { openAccounts } from '../stripe/stripe-accounts.ts';
import { createChatdashApi } from './api.ts';
import { stripeRefusals } from './errors.ts';
import { type ChatdashSwitches, DEFAULT_CHATDASH_SWITCHES } from './switches.ts';

export interface ChatdashOptions extends SimulatorOptions {
  switches?: Partial<ChatdashSwitches>;
}

/** Starts a simulated ChatDash in front of simulated Stripe accounts: every "acct_…" is one, each with its own data. */
export async function startChatdashSimulator(options: ChatdashOptions = {}): Promise<Simulator> {
  const { apiKey = 'CD.sandbox', clock = Date.now, port, stateFile, keptCalls } = options;
  const switches = { ...DEFAULT_CHATDASH_SWITCHES, ...options.switches };
  const documents = openDocuments('chatdash', stateFile);
  // ChatDash delivers no events.
  const accounts = openAccounts(documents, { clock, record: () => undefined });
  const answer = createChatdashApi({ accounts, apiKey, clock, switches, refuse: stripeRefusals(switches) });
  const { redeem, redeemed, promoCodes } = accounts;
  return serve({
    backend: { answer, redeem, redeemed, promoCodes },
    documents,
    apiKey,
    port,
    keptCalls,
    basePath: '/v1/public',
  });
}
