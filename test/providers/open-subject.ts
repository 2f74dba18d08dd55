import type { Provider } from '../../src/domain/provider/provider.ts';
import type { ProviderDefinition } from '../../src/providers/definition.ts';
import type { Simulator } from '../../src/simulators/index.ts';
import { variablesFor } from '../../src/simulators/start-simulators.ts';
import type { ObservedCall } from '../../src/telemetry/observed-call.ts';
import { defined } from '../support/defined.ts';
import type { Subject } from './subject.ts';

/** Long enough for the slowest machine. No test waits until this deadline. */
const DEADLINE_MS = 30_000;

/** A provider's adapter, configured from environment variables as in the gateway, and connected to a simulator. */
export function openSubject<Settings>(definition: ProviderDefinition<Settings>, simulator: Simulator): Subject {
  const observed: ObservedCall[] = [];
  const closing: Array<() => Promise<void>> = [];

  function connect({ baseUrl = simulator.url, deadlineMs = DEADLINE_MS }): Provider {
    const settings = definition.settings.parse(variablesFor(definition, { apiKey: simulator.apiKey, url: baseUrl }));
    const observe = (call: ObservedCall) => void observed.push(call);
    const { providers, close } = definition.connect(defined(settings), { deadlineMs, observe, sandbox: true });
    closing.push(close);
    return defined(providers[0]);
  }

  return {
    provider: connect({}),
    simulator,
    observed,
    reconnect: connect,
    async close() {
      simulator.heal();
      await Promise.all(closing.map((close) => close()));
      await simulator.close();
    },
  };
}
