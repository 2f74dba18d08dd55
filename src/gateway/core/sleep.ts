/** Waits; tests replace it. */
export type Sleep = (milliseconds: number) => Promise<unknown>;
