/** Whose fault it is that a root field or an operation has no answer: nobody's, the client's, a provider's, or ours. */
export type Fault = 'none' | 'client' | 'provider' | 'gateway';

const NO_FAULTS: ReadonlySet<string> = new Set(['OK', 'REFUSED']);
const PROVIDER_FAULTS: ReadonlySet<string> = new Set(['PROVIDER_ERROR', 'PROVIDER_FAILED']);
/** ERROR: an error without a code. */
const GATEWAY_FAULTS: ReadonlySet<string> = new Set([
  'DEADLINE_EXCEEDED',
  'ERROR',
  'EVENTS_LOST',
  'INTERNAL_SERVER_ERROR',
  'UNAVAILABLE',
]);

/** Every other code says what a client has to do differently. */
export function faultOf(code: string): Fault {
  if (NO_FAULTS.has(code)) return 'none';
  if (PROVIDER_FAULTS.has(code)) return 'provider';
  return GATEWAY_FAULTS.has(code) ? 'gateway' : 'client';
}
