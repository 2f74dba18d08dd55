import type { ApiCall } from '../../server/call.ts';
import type { StripeRefuse } from '../errors.ts';

/** Counts the calls to each endpoint. @throws {Refusal} 429 for a call above the limit */
export type CheckRate = (call: ApiCall, account: string) => void;

/** @param perSecond the calls to one endpoint of one account in one second; absent: no limit */
export function requestRate(
  perSecond: number | undefined,
  { clock, refuse }: { clock: () => number; refuse: StripeRefuse },
): CheckRate {
  const counts = new Map<string, { second: number; calls: number }>();
  return ({ method, path }, account) => {
    if (perSecond === undefined) return;
    const endpoint = `${account} ${method} ${path.replace(/^(\/v1\/\w+\/)[^/]+/, '$1:id')}`;
    const second = Math.floor(clock() / 1000);
    const count = counts.get(endpoint);
    const calls = count?.second === second ? count.calls + 1 : 1;
    counts.set(endpoint, { second, calls });
    if (calls <= perSecond) return;
    throw refuse('Request rate limit exceeded. You can learn more about rate limits in the documentation.', {
      status: 429,
      code: 'rate_limit',
      headers: { 'stripe-rate-limited-reason': 'endpoint-rate' },
    });
  };
}
