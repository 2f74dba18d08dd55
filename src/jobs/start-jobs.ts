import type { Gateway } from '../gateway/core/gateway.ts';
import type { Log } from '../telemetry/log.ts';
import { changeRetention } from './change-retention.ts';
import { holdExpiry } from './hold-expiry.ts';
import { recordRetention } from './record-retention.ts';
import { schedule } from './scheduler.ts';
import { statusUpdates } from './status-updates.ts';
import { storeProbe } from './store-probe.ts';
import { storeSize } from './store-size.ts';
import { synchronisation } from './synchronisation.ts';
import { webhookEvents } from './webhook-events.ts';
import { writeRecovery } from './write-recovery.ts';

/**
 * Starts every job of a gateway.
 * @param options.pauseMs replaces the pause of every job, for tests
 */
export function startJobs(
  gateway: Gateway,
  log: Log,
  { pauseMs }: { pauseMs?: number } = {},
): { stop(): Promise<void> } {
  const jobs = [
    storeProbe(gateway, log),
    holdExpiry(gateway),
    statusUpdates(gateway),
    changeRetention(gateway),
    writeRecovery(gateway, log),
    ...(gateway.syncEveryMs > 0 ? [synchronisation(gateway, log)] : []),
    webhookEvents(gateway),
    recordRetention(gateway),
    storeSize(gateway),
  ];
  return schedule(pauseMs === undefined ? jobs : jobs.map((job) => ({ ...job, pauseMs })), log);
}
