import type { Collection } from '../../server/documents.ts';
import { randomText } from '../../server/ulid.ts';
import { ALPHANUMERIC } from '../coupon.ts';
import { stripeRefusal } from '../errors.ts';
import { stripeVersion } from '../requests/stripe-version.ts';
import { type Change, changeReport, type StripeEvent } from './stripe-event.ts';
import type { WebhookSender } from './webhook-sender.ts';

/** The request that changed something; nulls: none. */
export type Cause = StripeEvent['request'];

/** Records the changes of all accounts as events, and delivers them. */
export type RecordChange = (account: string, change: Change, cause: Cause) => void;

/** @param log `defaultVersion`: the version of the objects in events */
export function createEventLog(log: {
  events: Collection<StripeEvent>;
  sender: WebhookSender;
  platform: string;
  defaultVersion: string;
  isLive: boolean;
  reportsUses: boolean;
  clock: () => number;
}): RecordChange {
  const { events, sender, platform, isLive, reportsUses, clock } = log;
  const version = stripeVersion(log.defaultVersion, stripeRefusal);
  return (account, change, request) => {
    const report = changeReport(change, { version, now: clock(), isLive, reportsUses });
    if (report === undefined) return;
    const isConnected = account !== platform;
    const event: StripeEvent = {
      id: `evt_1${randomText(ALPHANUMERIC, 23)}`,
      object: 'event',
      ...(isConnected && { account }),
      api_version: version.name,
      created: Math.floor(clock() / 1000),
      data: report.data,
      livemode: isLive,
      pending_webhooks: sender.receivers({ type: report.type, isConnected }).length,
      request,
      type: report.type,
    };
    events.put(event.id, event);
    sender.send(event);
  };
}
