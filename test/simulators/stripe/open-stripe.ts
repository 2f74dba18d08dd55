import Stripe from 'stripe';
import {
  type StripeOptions,
  type StripeSimulator,
  startStripeSimulator,
} from '../../../src/simulators/stripe/index.ts';
import { opened, stripeClient } from '../client.ts';

/** The start time of the simulator of {@link openStripe}, in unix seconds. */
export const SECONDS = Date.parse('2026-08-01T10:00:00Z') / 1000;

/** Starts a Stripe simulator with a fixed clock. Set `time.now` (milliseconds) to change it. */
export async function openStripe(options: StripeOptions = {}) {
  const time = { now: SECONDS * 1000 };
  const simulator = await startStripeSimulator({ clock: () => time.now, ...options });
  await opened(Promise.resolve(simulator));
  return { simulator, time, ask: stripeClient(simulator), stripe: officialClient(simulator) };
}

/** Stripe's own client, connected to a simulator. It does not retry. */
export function officialClient(
  { url, apiKey }: Pick<StripeSimulator, 'url' | 'apiKey'>,
  config: Partial<Stripe.StripeConfig> = {},
): Stripe {
  const { hostname: host, port } = new URL(url);
  return new Stripe(apiKey, { host, port, protocol: 'http', maxNetworkRetries: 0, telemetry: false, ...config });
}
