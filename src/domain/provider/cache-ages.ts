/**
 * CacheAges up to which a cached answer of a provider is served, in milliseconds, as in RFC 5861:
 * `maxAgeMs <= staleWhileRevalidateMs <= staleIfErrorMs`.
 */
export interface CacheAges {
  /** Younger answers are served without a call, and a use may be judged by them. */
  maxAgeMs: number;
  /** Younger answers are served immediately and refreshed in the background. Older ones are refreshed first. */
  staleWhileRevalidateMs: number;
  /** Younger answers are served while the provider cannot be reached. */
  staleIfErrorMs: number;
}

/** When an answer is refreshed: not at all, in the background, or before it is served. */
export type Refresh = 'NONE' | 'IN_BACKGROUND' | 'BEFORE_ANSWER';

/** @returns when an answer of this age, in milliseconds, is refreshed */
export function refreshAt(age: number, { maxAgeMs, staleWhileRevalidateMs }: CacheAges): Refresh {
  if (isWithin(age, maxAgeMs)) return 'NONE';
  return isWithin(age, staleWhileRevalidateMs) ? 'IN_BACKGROUND' : 'BEFORE_ANSWER';
}

/** Whether an age is below a limit, both in milliseconds. A negative age, after the clock was set back, is not. */
export function isWithin(age: number, limit: number): boolean {
  return age >= 0 && age < limit;
}

/**
 * How a read was served: cache hit, stale hit with background refresh, provider call, or stale because the provider was
 * down.
 */
export type ReadResult = 'HIT' | 'STALE_HIT' | 'MISS' | 'STALE_IF_ERROR';
