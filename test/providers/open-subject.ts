import type { ObservedCall } from '../../src/domain/provider/observed-call.ts';
import type { Provider } from '../../src/domain/provider/provider.ts';
import type { ProviderDefinition } from '../../src/providers/definition.ts';
import type { Sandbox } from '../../src/simulators/index.ts';
import { defined, type Subject } from './subject.ts';

/** Long enough for the slowest machine: no test waits for it. */
const DEADLINE_MS = 30_000;

/** A provider's adapter, set up from its environment variables as the gateway does, in front of a simulator. */
export function openSubject<Settings>(
  definition: ProviderDefinition<Settings>,
  sandbox: Sandbox,
  environment: { key: string; baseUrl: string; others?: Record<string, string> },
): Subject {
  const observed: ObservedCall[] = [];
  const closing: Array<() => Promise<void>> = [];

  function connect({ baseUrl = sandbox.url, deadlineMs = DEADLINE_MS }): Provider {
    const { key, baseUrl: address, others } = environment;
    const settings = definition.settings.parse({ [key]: sandbox.apiKey, [address]: baseUrl, ...others });
    const observe = (call: ObservedCall) => void observed.push(call);
    const { providers, close } = definition.connect(defined(settings), { deadlineMs, observe, sandbox: true });
    closing.push(close);
    return defined(providers[0]);
  }

  return {
    provider: connect({}),
    sandbox,
    observed,
    reconnect: connect,
    async close() {
      sandbox.heal();
      await Promise.all(closing.map((close) => close()));
      await sandbox.close();
    },
  };
}
