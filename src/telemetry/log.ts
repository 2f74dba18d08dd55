/** Writes a line of the log. Details never contain a provider's key, a code or a customer. */
export type Log = (level: 'info' | 'warn' | 'error', message: string, details?: unknown) => void;
