import type { Simulator, SimulatorOptions } from './server/simulator.ts';

/** What this needs of a provider's definition. */
interface SimulatedProvider {
  readonly prefix: string;
  readonly simulatorVariables?: Readonly<Record<string, string>>;
  startSimulator(options: SimulatorOptions): Promise<Simulator>;
}

/** All simulators of a sandbox, and the environment variables that lead the gateway to them. */
export interface Simulators {
  environment: Record<string, string>;
  close(): Promise<void>;
}

/**
 * Starts the simulator of every provider.
 *
 * @param stateFile The SQLite file in which they keep their state across restarts. Absent: in memory.
 */
export async function startSimulators(
  providers: readonly SimulatedProvider[],
  stateFile?: string,
): Promise<Simulators> {
  const started = await Promise.all(
    providers.map(async (provider) => ({ provider, simulator: await provider.startSimulator({ stateFile }) })),
  );
  return {
    environment: Object.assign({}, ...started.map(({ provider, simulator }) => variablesFor(provider, simulator))),
    close: async () => {
      await Promise.all(started.map(({ simulator }) => simulator.close()));
    },
  };
}

/** The variables that connect a provider's adapter to its simulator. */
export function variablesFor(
  { prefix, simulatorVariables }: Pick<SimulatedProvider, 'prefix' | 'simulatorVariables'>,
  { apiKey, url }: Pick<Simulator, 'apiKey' | 'url'>,
): Record<string, string> {
  return { [`${prefix}_API_KEY`]: apiKey, [`${prefix}_BASE_URL`]: url, ...simulatorVariables };
}
