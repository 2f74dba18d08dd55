/** What is wrong with the database, by the error that a query ended with. */
const troubles = new WeakMap<Error, string>();

/** Notes that an error of a query means trouble with the database. `trouble` is null for any other error, such as a bug. */
export function noteTrouble(error: unknown, trouble: string | null): void {
  if (error instanceof Error && trouble !== null) troubles.set(error, trouble);
}

/**
 * A short description of the trouble with the database that an error stands for; null for any other error. Only the engine
 * that ran the query can tell: a provider that cannot be reached has the same codes as a server that cannot be reached.
 */
export function troubleOf(error: unknown): string | null {
  return (error instanceof Error && troubles.get(error)) || null;
}
