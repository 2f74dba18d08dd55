/** How old what is held of a provider may be, in milliseconds. */
export interface Ages {
  /** So old it is served without asking the provider, and a use is judged by it. */
  fresh: number;
  /** So old it is served at once, and read anew behind. What is older is read first. */
  behind: number;
  /** So old it is served at most, while the provider is out of reach. */
  stale: number;
}

/** Whether the provider is to be asked: not at all, behind the answer, or before it. */
export function dueAt(age: number, { fresh, behind }: Ages): 'NO' | 'BEHIND' | 'FIRST' {
  if (isWithin(age, fresh)) return 'NO';
  return isWithin(age, behind) ? 'BEHIND' : 'FIRST';
}

/** Whether an age is below a limit. An age from the future is none: the clock has been put back since. */
export function isWithin(age: number, limit: number): boolean {
  return age >= 0 && age < limit;
}

/**
 * How a read was served: cache hit, stale hit with background refresh, provider call, or stale because the provider was
 * down.
 */
export type ReadResult = 'HIT' | 'STALE_HIT' | 'MISS' | 'STALE_IF_ERROR';
