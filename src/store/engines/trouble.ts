/** What is wrong with the database, by the error that a query ended with. */
const troubles = new WeakMap<Error, string>();

/** The errors of transactions that others have held up. */
const heldUp = new WeakSet<Error>();

/**
 * Notes that an error of a query means trouble with the database.
 * @param trouble null: any other error, such as a bug
 * @param isOfOthers whether other transactions may be the reason
 */
export function noteTrouble(error: unknown, trouble: string | null, isOfOthers = false): void {
  if (!(error instanceof Error)) return;
  if (trouble !== null) troubles.set(error, trouble);
  if (isOfOthers) heldUp.add(error);
}

/**
 * Whether other transactions may have made a transaction fail: they held a lock for too long, or conflicted with it too
 * often. A transaction that needs other rows can succeed.
 */
export function isHeldUp(error: unknown): boolean {
  return error instanceof Error && heldUp.has(error);
}

/**
 * A short description of the trouble with the database that an error stands for; null for any other error. Only the engine
 * that ran the query can tell: a provider that cannot be reached has the same codes as a server that cannot be reached.
 */
export function troubleOf(error: unknown): string | null {
  return (error instanceof Error && troubles.get(error)) || null;
}
