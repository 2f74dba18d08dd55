import type { z } from 'zod';
import type { ProviderName } from '../domain/promotion/promotion.ts';
import type { ObserveCall } from '../domain/provider/observed-call.ts';
import type { Provider, ProviderHealth } from '../domain/provider/provider.ts';
import type { ReadWebhook } from '../domain/provider/webhook-delivery.ts';
import type { QueueState } from './client/call-queue.ts';
import type { GuardOptions } from './client/guard.ts';

/** Environment variables by name. */
export type Environment = Record<string, string | undefined>;

/** How a billing provider is switched on: one per line of the registry in index.ts. */
export interface ProviderDefinition<Settings> {
  readonly name: ProviderName;
  /** What people call it. */
  readonly title: string;
  /**
   * Reads the provider's own variables. Gives undefined while its key is not set: the provider is off. The path of each
   * issue is the name of the variable.
   */
  readonly settings: z.ZodType<Settings | undefined, Environment>;
  /** Reads what it tells by itself; undefined while no secret is set for that. Absent: it tells nothing. */
  readonly webhooks?: z.ZodType<ReadWebhook | undefined, Environment>;
  /** Opens no connection before the first call. */
  connect(settings: Settings, options: ConnectOptions): Connection;
}

export interface ConnectOptions {
  /** Milliseconds for a call as a whole. */
  deadlineMs: number;
  /** What stands before the provider; absent: nothing, so that each call is tried once. */
  guard?: GuardOptions;
  observe?: ObserveCall;
  /** True when the base URL leads to a simulator. */
  sandbox?: boolean;
}

export interface Connection {
  /** One per account, the default account first. */
  providers: Provider[];
  /** How the provider is doing. */
  health(): ProviderHealth;
  /** How busy the queue of calls to it is. */
  queue(): QueueState;
  /** Lets the calls under way end, then closes every socket. */
  close(): Promise<void>;
}
