import type { Gateway } from '../gateway/core/gateway.ts';
import { synchroniseDue } from '../gateway/sync/synchronise-due.ts';
import type { Log } from '../telemetry/log.ts';
import type { Job } from './scheduler.ts';

/** Reads everything that a provider has, for each account whose last synchronisation is older than `SYNC_SECONDS`. */
export function synchronisation(gateway: Gateway, log: Log): Job {
  const run = async (signal: AbortSignal) => {
    await synchroniseDue(gateway, signal, {
      onRestart: ({ provider, account, phase, seen }) =>
        log('info', 'A synchronisation starts again: the provider no longer accepts its position in the list', {
          provider,
          account,
          phase,
          seen,
        }),
    });
  };
  return { name: 'synchronisation', pauseMs: 60_000, run };
}
