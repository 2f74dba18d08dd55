import type { GuessObserver } from '../gateway/attempts/attempt-limiter.ts';
import type { ReadResult } from '../gateway/core/gateway.ts';
import type { ObservedCall } from '../providers/definition.ts';
import { Metrics } from './metrics.ts';
import { ProviderCalls } from './provider-calls.ts';

/** Where what goes on in a gateway is told to; made before it is opened. */
export class Observing {
  readonly metrics = new Metrics();
  readonly calls = new ProviderCalls();

  /** Logs and counts callers whose customers often fail to use codes. */
  guesses(warn: (message: string, details: object) => void): GuessObserver {
    return {
      nearLimit: (caller, { failed, limit }) =>
        warn('A caller has used half of its failed attempts', { caller, failed, limit }),
      countSlowed: () => this.metrics.countSlowedAttempt(),
    };
  }

  countRead = (result: ReadResult): void => this.metrics.countRead(result);

  observe = ({ provider, operation, outcome, durationMs }: ObservedCall): void => {
    const call = { provider, operation, outcome, milliseconds: Math.round(durationMs * 100) / 100 };
    this.calls.add(call);
    this.metrics.countCall(call);
  };
}
