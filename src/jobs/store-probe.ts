import type { Gateway } from '../gateway/core/gateway.ts';
import type { Log } from '../telemetry/log.ts';
import type { Job } from './scheduler.ts';

/** Checks whether the store can be written, for `GET /ready`, and logs each change. */
export function storeProbe({ store }: Gateway, log: Log): Job {
  let logged: string | null = null;
  const run = async () => {
    await store.probe();
    const trouble = store.trouble();
    if (trouble === logged) return;
    logged = trouble;
    if (trouble === null) log('info', 'The store can be written');
    else log('error', `The store cannot be written: ${trouble}`);
  };
  return { name: 'store probe', pauseMs: 1000, run };
}
