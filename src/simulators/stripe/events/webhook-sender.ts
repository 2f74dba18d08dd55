import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { StripeEvent } from './stripe-event.ts';

/** An address that events are delivered to. */
export const WebhookEndpoint = z.object({
  url: z.string(),
  /** Each signs every delivery. There are several while a secret is replaced. */
  secrets: z.array(z.string()),
  /** True: only events of connected accounts; false: only the platform's own; absent: both. */
  connect: z.boolean().optional(),
  /** The types of the events, or "*"; absent: all. */
  enabledEvents: z.array(z.string()).optional(),
});
export type WebhookEndpoint = z.infer<typeof WebhookEndpoint>;

/** Delivers events, each once to every endpoint that wants it, without waiting for an answer. */
export interface WebhookSender {
  receivers(event: { type: string; isConnected: boolean }): WebhookEndpoint[];
  /** Delivers an event once the current call is complete. Sending it twice is a delivery that Stripe repeats. */
  send(event: StripeEvent): void;
  /** Resolves to the statuses of all deliveries since the last call, once they are answered; 0: no answer. */
  settled(): Promise<number[]>;
  /** Ends the deliveries that are under way. */
  close(): void;
}

export function createWebhookSender(endpoints: () => WebhookEndpoint[], clock: () => number): WebhookSender {
  const closing = new AbortController();
  let deliveries: Promise<number>[] = [];

  function receivers({ type, isConnected }: { type: string; isConnected: boolean }): WebhookEndpoint[] {
    return endpoints().filter(
      ({ connect, enabledEvents = ['*'] }) =>
        (connect ?? isConnected) === isConnected && enabledEvents.some((one) => one === '*' || one === type),
    );
  }

  async function deliver({ url, secrets }: WebhookEndpoint, event: StripeEvent): Promise<number> {
    const body = JSON.stringify(event, null, 2);
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      'stripe-signature': signature(body, secrets, Math.floor(clock() / 1000)),
    };
    try {
      const { status } = await fetch(url, {
        method: 'POST',
        headers,
        body,
        signal: closing.signal,
        redirect: 'manual',
      });
      return status;
    } catch {
      return 0;
    }
  }

  return {
    receivers,
    send(event) {
      for (const endpoint of receivers({ type: event.type, isConnected: event.account !== undefined })) {
        // `fetch` connects after the current call, which stores the event, has returned.
        deliveries.push(deliver(endpoint, event));
      }
    },
    async settled() {
      const under = deliveries;
      deliveries = [];
      return Promise.all(under);
    },
    close: () => closing.abort(),
  };
}

/** The value of `Stripe-Signature`: the time in unix seconds, and one "v1" for each secret. */
export function signature(body: string, secrets: readonly string[], time: number): string {
  const signatures = secrets.map((secret) => createHmac('sha256', secret).update(`${time}.${body}`).digest('hex'));
  return [`t=${time}`, ...signatures.map((hex) => `v1=${hex}`)].join(',');
}
