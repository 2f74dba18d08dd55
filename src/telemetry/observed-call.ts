import type { ProviderName } from '../domain/promotion/promotion.ts';
import type { ProviderFailureKind } from '../domain/provider/provider-error.ts';

/** Receives every call to a provider, except those that the caller cancelled. */
export type ObserveCall = (call: ObservedCall) => void;

export interface ObservedCall {
  provider: ProviderName;
  /** The method of Provider that needed the call. */
  operation: string;
  /** OK for an honest "no" as well (404, 409, 422): the provider is in good health. */
  outcome: 'OK' | ProviderFailureKind;
  durationMs: number;
  /** Why it failed or was refused, in words that may quote the provider but nothing that was sent to it. Null: it did not. */
  message: string | null;
}

/** A provider whose calls are stopped because they fail, or succeed again. */
export type HealthChange =
  | {
      provider: ProviderName;
      isDown: true;
      /** How the last call failed. */
      reason: ProviderFailureKind | null;
    }
  | { provider: ProviderName; isDown: false };

/** Hears once that a provider goes down, and once that it is back. */
export type ObserveHealth = (change: HealthChange) => void;
