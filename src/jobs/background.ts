import { setTimeout } from 'node:timers/promises';
import { CallOrigins, runFor, withUrgency } from '../domain/provider/call-origin.ts';
import type { Gateway } from '../gateway/core/gateway.ts';
import { expireHolds } from '../gateway/redemption/expire-holds.ts';
import { processProviderEvents } from '../gateway/sync/process-provider-events.ts';
import { synchroniseDue } from '../gateway/sync/synchronise-due.ts';
import { updateStatuses } from '../gateway/sync/update-statuses.ts';
import { recover } from '../gateway/writes/resume-writes.ts';
import type { Log } from '../telemetry/log.ts';

/** How long each job rests between two rounds, in milliseconds. */
export interface Rests {
  holds: number;
  statuses: number;
  recovery: number;
  keys: number;
  sync: number;
  probe: number;
}

const RESTS: Rests = {
  holds: 1000,
  statuses: 1000,
  recovery: 15_000,
  keys: 60 * 60_000,
  sync: 60_000,
  probe: 1000,
};

/** What the process does beside answering: holds run out, statuses move, lost writes are found again, old keys are forgotten. */
export function startBackground(gateway: Gateway, log: Log, rests: Rests = RESTS): { stop(): Promise<void> } {
  const { store } = gateway;
  const jobs = [
    repeat('probe of the store', rests.probe, log, probing(gateway, log)),
    repeat('expiry of holds', rests.holds, log, () => store.briefly(() => expireHolds(gateway))),
    repeat('statuses', rests.statuses, log, (signal) => updateStatuses(gateway, signal)),
    repeat('old changes', rests.recovery, log, () => store.briefly(() => store.changes.forgetOld())),
    repeat('recovery', rests.recovery, log, (signal) =>
      // It finishes what callers wait for, a call at a time.
      withUrgency('WRITE', () => recoverAndTell(gateway, log, signal)),
    ),
    ...(gateway.syncEvery > 0
      ? [repeat('synchronisation', rests.sync, log, (signal) => synchroniseAndTell(gateway, log, signal))]
      : []),
    repeat('provider events', rests.recovery, log, () => store.briefly(() => processProviderEvents(gateway))),
    repeat('old keys', rests.keys, log, () =>
      store.briefly(() => {
        store.idempotencyKeys.forgetOld(gateway.clock());
        store.providerEvents.forgetOld(gateway.clock());
        store.attempts.forgetOld(gateway.clock());
      }),
    ),
  ];
  return {
    stop: async () => {
      await Promise.all(jobs.map((stop) => stop()));
    },
  };
}

/** Checks whether the store can be written, for `GET /ready`, and logs when that changes. */
function probing({ store }: Gateway, log: Log): () => void {
  let logged: string | null = null;
  return () => {
    store.probe();
    const trouble = store.trouble();
    if (trouble === logged) return;
    logged = trouble;
    if (trouble === null) log('info', 'The store can be written');
    else log('error', `The store cannot be written: ${trouble}`);
  };
}

async function recoverAndTell(gateway: Gateway, log: Log, signal: AbortSignal): Promise<void> {
  for (const { intent, outcome } of await recover(gateway, { signal })) {
    const { id, provider, account, operation } = intent;
    log(outcome === 'IN_DOUBT' ? 'error' : 'info', `A write whose answer was lost: ${outcome}`, {
      id,
      provider,
      account,
      operation,
    });
  }
}

async function synchroniseAndTell(gateway: Gateway, log: Log, signal: AbortSignal): Promise<void> {
  await synchroniseDue(gateway, signal, {
    onRestart: ({ provider, account, phase, seen }) =>
      log('info', 'A synchronisation begins again: the provider does not know its place in the list any more', {
        provider,
        account,
        phase,
        seen,
      }),
  });
}

/** Runs a job now and again after each rest. What it throws is logged and does not end it. Gives how to stop it. */
function repeat(
  name: string,
  rest: number,
  log: Log,
  work: (signal: AbortSignal) => Promise<void> | void,
): () => Promise<void> {
  const ending = new AbortController();
  const round = async () => {
    try {
      await work(ending.signal);
    } catch (error) {
      log('error', `${name} failed`, error instanceof Error ? error.stack : error);
    }
  };
  const rounds = async () => {
    while (!ending.signal.aborted) {
      await round();
      // An end to the rest is no failure.
      await setTimeout(rest, undefined, { signal: ending.signal }).catch(() => {});
    }
  };
  // No key can have this name, and no token.
  const origins = new CallOrigins([{ caller: `job:${name}`, urgency: 'BACKGROUND' }]);
  const running = runFor(origins, rounds);
  return () => {
    ending.abort();
    return running;
  };
}
