/**
 * The maximum ages of a cached provider answer, in milliseconds, as in RFC 5861:
 * `maxAgeMs <= staleWhileRevalidateMs <= staleIfErrorMs`.
 */
export interface CacheAges {
  /** Younger answers are served without a call, also to decide on a use. */
  maxAgeMs: number;
  /** Younger answers are served immediately and refreshed in the background. Older ones are refreshed first. */
  staleWhileRevalidateMs: number;
  /** Younger answers are served while the provider cannot be reached. */
  staleIfErrorMs: number;
}

/** When an answer is refreshed: not at all, in the background, or before it is served. */
export type Refresh = 'NONE' | 'IN_BACKGROUND' | 'BEFORE_ANSWER';

/** When an answer of this age is refreshed. */
export function refreshAt(ageMs: number, { maxAgeMs, staleWhileRevalidateMs }: CacheAges): Refresh {
  if (isWithin(ageMs, maxAgeMs)) return 'NONE';
  return isWithin(ageMs, staleWhileRevalidateMs) ? 'IN_BACKGROUND' : 'BEFORE_ANSWER';
}

/** Whether an age is below a limit. False for a negative age, which a clock that was set back causes. */
export function isWithin(ageMs: number, limitMs: number): boolean {
  return ageMs >= 0 && ageMs < limitMs;
}

/**
 * How a read was served: cache hit, stale hit with background refresh, provider call, or stale because the provider was
 * down.
 */
export type ReadResult = 'HIT' | 'STALE_HIT' | 'MISS' | 'STALE_IF_ERROR';
