import { setTimeout } from 'node:timers/promises';
import { CallOrigins, runFor } from '../domain/provider/call-origin.ts';
import { storeFailureOf } from '../gateway/core/store-failure.ts';
import type { Log } from '../telemetry/log.ts';

/** Work that the process does without a request. */
export interface Job {
  /** Names the job in the log. */
  name: string;
  /** How long the job waits after each run, in milliseconds. */
  pauseMs: number;
  /** Does the work once. Stops early when the signal aborts. An error is logged, and the next run still happens. */
  run(signal: AbortSignal): Promise<void>;
}

/** Runs each job immediately and after each of its pauses. */
export function schedule(jobs: Job[], log: Log): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const running = jobs.map((job) => {
    // The shares of a provider's rate are by caller: no API key and no token can have this name.
    const origins = new CallOrigins([{ caller: `job:${job.name}`, urgency: 'BACKGROUND' }]);
    return runFor(origins, () => repeat(job, stopping.signal, log));
  });
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

async function repeat({ name, pauseMs, run }: Job, signal: AbortSignal, log: Log): Promise<void> {
  while (!signal.aborted) {
    try {
      await run(signal);
    } catch (error) {
      const storeFailure = storeFailureOf(error);
      if (storeFailure) log('error', `${name} failed: ${storeFailure.reason}`);
      else log('error', `${name} failed`, error instanceof Error ? error.stack : error);
    }
    // Aborting the pause is not an error.
    await setTimeout(pauseMs, undefined, { signal }).catch(() => {});
  }
}
