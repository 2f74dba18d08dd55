import { timingSafeEqual } from 'node:crypto';
import type { Instant } from '../../domain/promotion/promotion.ts';
import type { ProviderEvent, WebhookFault } from '../../domain/provider/webhook-delivery.ts';

/** How far the time of a signature may be from ours, in milliseconds: what Svix asks for; Duro names no figure. */
const TOLERANCE = 5 * 60 * 1000;
/** Deeper, nothing that concerns us has been seen. */
const DEEPEST = 6;
/** No id of a plan, a subscription or an event is longer, in UTF-16 units. */
const LONGEST_ID = 255;
/** Of each kind that one event concerns. Promotions of further ones are read again when they are too old. */
const MOST_CONCERNED = 1000;

/** True for a time, in seconds since 1970, that is near enough to be of a delivery that has just been sent. */
export function isRecent(seconds: string, now: Instant): boolean {
  return /^\d{1,12}$/.test(seconds) && Math.abs(now - Number(seconds) * 1000) <= TOLERANCE;
}

/** Compares in a time that does not tell how much of the two is the same. */
export function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** The JSON object of a body; null for anything else. */
export function objectOf(body: string): object | null {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

/** What a signed delivery says. */
export function readEvent(id: string, event: object): { event: ProviderEvent } | { fault: WebhookFault } {
  return id.length <= LONGEST_ID ? { event: { id, ...concernsOf(event) } } : { fault: 'MALFORMED' };
}

/**
 * The plans and subscriptions that an event names, wherever it names them: as "planId" or "plan_id", or as an object
 * "plan" with an id. Providers embed them in more than one way, and document few of them.
 */
function concernsOf(event: object): Pick<ProviderEvent, 'planIds' | 'subscriptionIds'> {
  const found = { plan: new Set<string>(), subscription: new Set<string>() };
  collect(event, found, 0);
  return { planIds: [...found.plan], subscriptionIds: [...found.subscription] };
}

function collect(value: object, found: Record<'plan' | 'subscription', Set<string>>, depth: number): void {
  if (depth > DEEPEST) return;
  for (const [name, part] of Object.entries(value)) {
    for (const kind of ['plan', 'subscription'] as const) {
      const isId = name === `${kind}Id` || name === `${kind}_id`;
      const id = isId ? part : name === kind && isObject(part) && 'id' in part ? part.id : null;
      const isTaken = typeof id === 'string' && id.length <= LONGEST_ID && found[kind].size < MOST_CONCERNED;
      if (isTaken) found[kind].add(id);
    }
    if (isObject(part)) collect(part, found, depth + 1);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
