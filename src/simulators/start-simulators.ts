import type { ProviderName } from '../domain/promotion/promotion.ts';
import { type ControlPanel, controlPanel } from './panel/control-panel.ts';
import type { Simulator, SimulatorOptions } from './server/simulator.ts';

/** A sandbox may run for weeks, so it keeps only the newest calls of each provider. */
const KEPT_CALLS = 1000;

/** The part of a provider's definition that starting its simulator needs. */
interface SimulatedProvider {
  readonly name: ProviderName;
  readonly prefix: string;
  readonly keyVariable: string;
  readonly simulatorVariables?: Readonly<Record<string, string>>;
  startSimulator(options: SimulatorOptions): Promise<Simulator>;
}

/** The running simulators of a sandbox, and the environment variables that connect the gateway to them. */
export interface Simulators {
  environment: Record<string, string>;
  panel: ControlPanel;
  /** Delivers the webhooks of all later events to the gateway that listens there. */
  deliverWebhooks(gatewayUrl: string): void;
  close(): Promise<void>;
}

/**
 * Starts the simulator of every provider.
 *
 * @param stateFile the SQLite file for their state. Absent: memory only
 */
export async function startSimulators(
  providers: readonly SimulatedProvider[],
  stateFile?: string,
): Promise<Simulators> {
  const started = await Promise.all(
    providers.map(async (provider) => ({
      provider,
      simulator: await provider.startSimulator({ stateFile, keptCalls: KEPT_CALLS }),
    })),
  );
  return {
    environment: Object.assign({}, ...started.map(({ provider, simulator }) => variablesFor(provider, simulator))),
    panel: controlPanel(new Map(started.map(({ provider, simulator }) => [provider.name, simulator]))),
    deliverWebhooks: (gatewayUrl) => {
      for (const { provider, simulator } of started) {
        simulator.webhooks?.deliverTo(new URL(`/webhooks/${provider.name.toLowerCase()}`, gatewayUrl).href);
      }
    },
    close: async () => {
      await Promise.all(started.map(({ simulator }) => simulator.close()));
    },
  };
}

/** The environment variables that connect a provider's adapter to its simulator. */
export function variablesFor(
  { prefix, keyVariable, simulatorVariables }: Pick<SimulatedProvider, 'prefix' | 'keyVariable' | 'simulatorVariables'>,
  { apiKey, url, webhooks }: Pick<Simulator, 'apiKey' | 'url' | 'webhooks'>,
): Record<string, string> {
  return {
    [keyVariable]: apiKey,
    [`${prefix}_BASE_URL`]: url,
    ...(webhooks && { [`${prefix}_WEBHOOK_SECRET`]: webhooks.secret }),
    ...simulatorVariables,
  };
}
