/** How long clients and proxies may keep an answer: what its Cache-Control says when it is made. */
export interface Lifetime {
  /** `private` or `public`. */
  scope: string;
  seconds: number;
}

const MAX_AGE = /^(?<scope>\w+), max-age=(?<seconds>\d+)$/;

/** Reads a value of Cache-Control. Without a maximum age, the answer has to be revalidated. */
export function lifetimeOf(cacheControl: string): Lifetime {
  const { scope, seconds } = MAX_AGE.exec(cacheControl)?.groups ?? {};
  return { scope: scope ?? cacheControl.split(',', 1)[0] ?? 'private', seconds: Number(seconds ?? 0) };
}

/** The value of Cache-Control when some of the lifetime is over. @param age of the answer, in milliseconds */
export function cacheControlAt({ scope, seconds }: Lifetime, age: number): string {
  const left = seconds - Math.ceil(age / 1000);
  // Hive Gateway's responseCaching reads only max-age. Without one it keeps an answer without a limit.
  return left > 0 ? `${scope}, max-age=${left}` : `${scope}, no-cache, max-age=0`;
}
