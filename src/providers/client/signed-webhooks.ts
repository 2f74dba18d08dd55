import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Instant } from '../../domain/promotion/promotion.ts';
import type { ProviderEvent, WebhookFault } from '../../domain/provider/webhook-delivery.ts';
import { parseJson } from './parse-json.ts';

/**
 * The largest difference between the time of a signature and our clock. Svix recommends 5 minutes, Stripe's client has the
 * same default, Duro names no figure.
 */
const TOLERANCE_MS = 5 * 60 * 1000;
/** How deep an event is searched for ids. No known event has them deeper. */
const MAX_DEPTH = 6;
/** Longest accepted id of a plan, a subscription or an event, in UTF-16 code units. */
const MAX_ID_LENGTH = 255;
/** Most plans, and most subscriptions, of one event. Promotions of further ones are refreshed at their maximum age. */
const MAX_IDS_PER_KIND = 1000;

/**
 * True if a time in seconds since 1970 is close enough to now. An older delivery may be a replay.
 * @param options.acceptsFuture whether the clock of the provider may be ahead of ours by any time
 */
export function isRecent(seconds: string, now: Instant, { acceptsFuture = false } = {}): boolean {
  if (!/^\d{1,12}$/.test(seconds)) return false;
  const ageMs = now - Number(seconds) * 1000;
  return ageMs <= TOLERANCE_MS && (acceptsFuture || -ageMs <= TOLERANCE_MS);
}

/** A signature in a header: `t=<seconds>,v1=<hex>`. */
export interface TimedSignature {
  /** In seconds since 1970, as it was sent. */
  time: string;
  /** Those named "v1": several while a secret is replaced. */
  digests: string[];
}

/** Reads a header with a signature; null if a part is missing. */
export function timedSignature(header: string | null): TimedSignature | null {
  const parts = (header ?? '').split(',').map((part) => part.trim().split('='));
  const time = parts.find(([name]) => name === 't')?.[1];
  const digests = parts.flatMap(([name, value]) => (name === 'v1' && value ? [value.toLowerCase()] : []));
  return time === undefined || digests.length === 0 ? null : { time, digests };
}

/** True if one of the keys has signed the time, a dot and the body with HMAC-SHA256. */
export function isSignedBy(keys: readonly string[], { time, digests }: TimedSignature, body: string): boolean {
  const expected = keys.map((key) => createHmac('sha256', key).update(`${time}.${body}`).digest('hex'));
  return digests.some((digest) => expected.some((one) => isSame(one, digest)));
}

/** Compares in constant time, so that the duration reveals nothing about the signature. */
export function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Parses a body as a JSON object; null for anything else. */
export function objectOf(body: string): object | null {
  try {
    const parsed = parseJson(body);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

/** Reads an event whose signature was verified. It is not about promotions, but about plans and subscriptions. */
export function readEvent(id: string, event: object): { event: ProviderEvent } | { fault: WebhookFault } {
  if (!isEventId(id)) return { fault: 'MALFORMED' };
  return { event: { id, ...affectedIds(event), promotionIds: [], couponIds: [] } };
}

/** True if the id of an event can be stored. */
export function isEventId(id: string): boolean {
  return id !== '' && id.length <= MAX_ID_LENGTH;
}

/**
 * The plans and subscriptions that an event names at any depth: as "planId" or "plan_id", or as an object "plan" with an id.
 * Providers use several of these forms and document few of them.
 */
function affectedIds(event: object): Pick<ProviderEvent, 'planIds' | 'subscriptionIds'> {
  const found = { plan: new Set<string>(), subscription: new Set<string>() };
  collect(event, found, 0);
  return { planIds: [...found.plan], subscriptionIds: [...found.subscription] };
}

function collect(value: object, found: Record<'plan' | 'subscription', Set<string>>, depth: number): void {
  if (depth > MAX_DEPTH) return;
  for (const [name, part] of Object.entries(value)) {
    for (const kind of ['plan', 'subscription'] as const) {
      const isId = name === `${kind}Id` || name === `${kind}_id`;
      const id = isId ? part : name === kind && isObject(part) && 'id' in part ? part.id : null;
      const isAccepted = typeof id === 'string' && id.length <= MAX_ID_LENGTH && found[kind].size < MAX_IDS_PER_KIND;
      if (isAccepted) found[kind].add(id);
    }
    if (isObject(part)) collect(part, found, depth + 1);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
