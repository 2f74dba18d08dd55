/** Waits. */
export type Sleep = (milliseconds: number) => Promise<unknown>;
