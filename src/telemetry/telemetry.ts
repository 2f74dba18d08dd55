import type { ReadResult } from '../domain/provider/cache-ages.ts';
import type { RefusalReason } from '../domain/redemption/outcomes.ts';
import { Metrics } from './metrics.ts';
import type { ObservedCall, ObserveHealth } from './observed-call.ts';
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

  /** Logs providers that go down or come back, and writes in doubt: what an operator should know of at once. */
  warnings(warn: (message: string, details: object) => void) {
    return {
      observeHealth: ({ provider, isDown }: Parameters<ObserveHealth>[0]) =>
        warn(isDown ? 'A provider is down: calls to it are stopped' : 'A provider is back', { provider }),
      reportDoubt: (write: object) => warn('The outcome of a write is unknown', write),
    };
  }

  countRead = (result: ReadResult): void => this.metrics.countRead(result);

  countRefusal = (refusal: { reason: RefusalReason; told: RefusalReason }): void => this.metrics.countRefusal(refusal);

  observe = ({ provider, operation, outcome, durationMs }: ObservedCall): void => {
    const call = { provider, operation, outcome, milliseconds: Math.round(durationMs * 100) / 100 };
    this.calls.add(call);
    this.metrics.countCall(call);
  };
}
