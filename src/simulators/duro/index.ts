import { openDocuments } from '../server/documents.ts';
import { serve } from '../server/listen.ts';
import type { Simulator, SimulatorOptions } from '../server/simulator.ts';
import { createDuroApi } from './api.ts';
import { duroRefusals } from './errors.ts';
import { PromoCodeDocument } from './promo-code.ts';
import { createPromoCodes } from './promo-codes.ts';
import { createReplays, StoredAnswer } from './replays.ts';
import { DEFAULT_DURO_SWITCHES, type DuroSwitches } from './switches.ts';

export interface DuroOptions extends SimulatorOptions {
  switches?: Partial<DuroSwitches>;
  /** The plans that exist; absent: every plan id exists. */
  knownPlans?: readonly string[];
}

/** Starts a simulated Duro with one tenant in test mode. The adapter adds "/v1" to its URL. */
export async function startDuroSimulator(options: DuroOptions = {}): Promise<Simulator> {
  const { apiKey = 'sk_test_sandbox', clock = Date.now, knownPlans, port, stateFile, keptCalls } = options;
  const switches = { ...DEFAULT_DURO_SWITCHES, ...options.switches };
  const documents = openDocuments('duro', stateFile);
  const refuse = duroRefusals(switches.okFalseOnErrors);
  const promoCodes = createPromoCodes(documents.collection('promo-codes', PromoCodeDocument), {
    switches,
    knownPlans,
    clock,
    refuse,
  });
  const replays = createReplays(documents.collection('answers', StoredAnswer), switches);
  const answer = createDuroApi({ promoCodes, replays, apiKey, clock, switches, refuse });
  const { redeem, redeemed } = promoCodes;
  const backend = {
    answer,
    redeem,
    redeemed,
    promoCodes: () =>
      promoCodes.newestFirst().map(({ id, code, redeemedCount }) => ({ id, code, redeemed: redeemedCount })),
  };
  return serve({ backend, documents, apiKey, port, keptCalls, basePath: '' });
}
