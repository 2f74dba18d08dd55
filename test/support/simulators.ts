import * as registry from '../../src/providers/index.ts';
import type { ControlPanel, Simulator, SimulatorOptions } from '../../src/simulators/index.ts';
import { controlPanel } from '../../src/simulators/panel/control-panel.ts';
import { variablesFor } from '../../src/simulators/start-simulators.ts';
import { noteSecret } from './redaction.ts';

/** The definitions of the providers, by their names in the registry. */
const DEFINITIONS = { ...registry };
type Registered = typeof DEFINITIONS;
const REGISTERED = Object.keys(DEFINITIONS).filter(isRegistered);
type OptionsOf<Name extends keyof Registered> = Parameters<Registered[Name]['startSimulator']>[0];
/** The switches of each provider's simulator, if it has any, by the provider's name in the registry. */
export type SimulatorSwitches = {
  [Name in keyof Registered]?: OptionsOf<Name> extends { switches?: infer Switches extends object } ? Switches : never;
};

/** The simulator of each provider, by its name in the registry. */
export type Simulators = Record<keyof Registered, Simulator>;

/** The part of a provider's definition that starts its simulator, with any switches. */
interface Simulated {
  startSimulator(options: SimulatorOptions & { switches?: object }): Promise<Simulator>;
}

/**
 * Starts the simulators of all providers.
 * @param options.clock absent: the clock of the process
 */
export async function startSimulators({
  clock = Date.now,
  switches = {},
}: {
  clock?: () => number;
  switches?: SimulatorSwitches;
} = {}): Promise<Simulators> {
  const start = async (name: keyof Registered): Promise<[string, Simulator]> => {
    const definition: Simulated = DEFINITIONS[name];
    return [name, await definition.startSimulator({ clock, switches: switches[name] })];
  };
  const started: Partial<Simulators> = Object.fromEntries(await Promise.all(REGISTERED.map(start)));
  if (!isComplete(started)) throw new Error('not every provider has a simulator');
  for (const { apiKey } of Object.values(started)) noteSecret(apiKey);
  return started;
}

/** The controls of these simulators, as a sandbox has them. */
export function panelOf(simulators: Simulators): ControlPanel {
  return controlPanel(new Map(REGISTERED.map((name) => [DEFINITIONS[name].name, simulators[name]])));
}

export async function closeSimulators(simulators: Simulators): Promise<void> {
  await Promise.all(Object.values(simulators).map((simulator) => simulator.close()));
}

/** @param provider its name in the API */
export function simulatorOf(simulators: Simulators, provider: string): Simulator {
  const registered = REGISTERED.find((name) => DEFINITIONS[name].name === provider);
  if (registered === undefined) throw new Error(`${provider} is not a provider`);
  return simulators[registered];
}

function isComplete(started: Partial<Simulators>): started is Simulators {
  return REGISTERED.every((name) => started[name] !== undefined);
}

function isRegistered(name: string): name is keyof Registered {
  return Object.hasOwn(DEFINITIONS, name);
}

/** The variables that connect a gateway to the simulators. */
export function variablesOf(simulators: Simulators): Record<string, string> {
  return Object.assign({}, ...REGISTERED.map((name) => variablesFor(DEFINITIONS[name], simulators[name])));
}

/** The variables of a gateway that does not limit the rate of its calls. */
export const unlimitedRates: Readonly<Record<string, string>> = Object.fromEntries(
  REGISTERED.map((name) => [`${DEFINITIONS[name].prefix}_MAX_PER_SECOND`, '0']),
);
