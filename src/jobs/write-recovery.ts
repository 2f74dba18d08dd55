import { withUrgency } from '../domain/provider/call-origin.ts';
import type { Gateway } from '../gateway/core/gateway.ts';
import { recover } from '../gateway/writes/recover-writes.ts';
import type { Log } from '../telemetry/log.ts';
import type { Job } from './scheduler.ts';

/** Resolves writes to providers whose answer was lost, and logs each outcome. */
export function writeRecovery(gateway: Gateway, log: Log): Job {
  const run = async (signal: AbortSignal) => {
    for (const { intent, outcome } of await recover(gateway, { signal })) {
      const { id, provider, account, operation } = intent;
      const details = { id, provider, account, operation };
      log(outcome === 'IN_DOUBT' ? 'warn' : 'info', `A write whose answer was lost: ${outcome}`, details);
    }
  };
  // As urgent as a caller's write: callers wait for the outcome. Recovery makes one call at a time.
  return { name: 'write recovery', pauseMs: 15_000, run: (signal) => withUrgency('WRITE', () => run(signal)) };
}
