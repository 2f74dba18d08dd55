import type { ReadResult } from '../domain/provider/cache-ages.ts';
import { Metrics } from './metrics.ts';
import type { ObservedCall } from './observed-call.ts';
import { ProviderCalls } from './provider-calls.ts';

/** The metrics and the provider calls of one gateway. It is created before the gateway, which reports to it. */
export class Telemetry {
  readonly metrics = new Metrics();
  readonly calls = new ProviderCalls();

  /** Logs and counts callers whose customers often fail to use codes. */
  attemptObserver(warn: (message: string, details: object) => void) {
    return {
      nearLimit: (caller: string, { failed, limit }: { failed: number; limit: number }) =>
        warn('A caller has used half of its failed attempts', { caller, failed, limit }),
      countSlowed: () => this.metrics.countDelayedAttempt(),
    };
  }

  countRead = (result: ReadResult): void => this.metrics.countRead(result);

  observe = ({ provider, operation, outcome, durationMs }: ObservedCall): void => {
    const call = { provider, operation, outcome, milliseconds: Math.round(durationMs * 100) / 100 };
    this.calls.add(call);
    this.metrics.countCall(call);
  };
}
