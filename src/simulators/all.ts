import { startChatdashSandbox } from './chatdash/chatdash.ts';
import { startDuroSandbox } from './duro/duro.ts';
import { startFlexpriceSandbox } from './flexprice/flexprice.ts';

/** Every provider played at once, and the variables that lead the gateway to them. */
export interface Sandboxes {
  environment: Record<string, string>;
  close(): Promise<void>;
}

/** @param stateFile where they keep their state, so that a restart finds it; absent: in memory */
export async function startSimulators(stateFile?: string): Promise<Sandboxes> {
  const [duro, flexprice, chatdash] = await Promise.all([
    startDuroSandbox({ stateFile }),
    startFlexpriceSandbox({ stateFile }),
    startChatdashSandbox({ stateFile }),
  ]);
  return {
    environment: {
      DURO_API_KEY: duro.apiKey,
      DURO_BASE_URL: duro.url,
      FLEXPRICE_API_KEY: flexprice.apiKey,
      FLEXPRICE_BASE_URL: flexprice.url,
      CHATDASH_API_KEY: chatdash.apiKey,
      CHATDASH_BASE_URL: chatdash.url,
      STRIPE_CONNECT_ACCOUNTS: 'acct_sandbox',
    },
    close: async () => {
      await Promise.all([duro.close(), flexprice.close(), chatdash.close()]);
    },
  };
}
