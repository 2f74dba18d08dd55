import type { ReadResult } from '../domain/provider/cache-ages.ts';
import type { RefusalReason } from '../domain/redemption/outcomes.ts';
import type { Log } from './log.ts';
import { Metrics } from './metrics.ts';
import type { HealthChange, ObservedCall } from './observed-call.ts';
import { ProviderCalls } from './provider-calls.ts';
import type { SettledUse } from './use-metrics.ts';

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

  /**
   * Logs what an operator should know at once as a warning: providers that go down or come back, and writes in doubt. Counts
   * calls to providers. A single failed call is no warning, because an outage has thousands.
   */
  providerObservers(log: Log) {
    return {
      observe: (observed: ObservedCall) => this.#observe(observed, log),
      observeHealth: ({ isDown, ...details }: HealthChange) =>
        log('warn', isDown ? 'A provider is down: calls to it are stopped' : 'A provider is back', details),
      reportDoubt: (write: object) => log('warn', 'The outcome of a write is unknown', write),
    };
  }

  countRead = (result: ReadResult): void => this.metrics.countRead(result);

  countRefusal = (refusal: { reason: RefusalReason; told: RefusalReason }): void => this.metrics.countRefusal(refusal);

  countRecoveredUse = (use: SettledUse): void => this.metrics.countUse(use);

  #observe({ provider, operation, outcome, message, durationMs }: ObservedCall, log: Log): void {
    const milliseconds = Math.round(durationMs * 100) / 100;
    const call = { provider, operation, outcome, milliseconds, ...(message !== null && { message }) };
    this.metrics.countCall(call);
    const isInOperation = this.calls.add(call);
    if (!isInOperation && outcome !== 'OK') log('info', 'A call to a provider failed', call);
  }
}
