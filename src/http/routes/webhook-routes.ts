import type { IncomingMessage } from 'node:http';
import type { ProviderName } from '../../domain/promotion/promotion.ts';
import type { DeliveryOutcome, ReadWebhook } from '../../domain/provider/webhook-delivery.ts';
import type { Gateway } from '../../gateway/core/gateway.ts';
import { processProviderEvents } from '../../gateway/sync/process-provider-events.ts';
import {
  BodyTooLargeError,
  CLIENT_CLOSED,
  ClientClosedError,
  OverloadedError,
  RETRY_AFTER,
} from '../admission/admission-errors.ts';
import { InvalidEncodingError, UnsupportedEncodingError } from '../admission/content-encoding.ts';
import { DecompressionQueue } from '../admission/decompression-queue.ts';
import { Quota } from '../admission/quota.ts';
import { type BodyLimits, readBody } from '../admission/read-body.ts';
import type { Responder } from '../responses/responder.ts';
import type { Route } from './route-table.ts';

/** In bytes. */
const LARGEST_DELIVERY = 256 * 1024;

/** How much of the bytes held for webhooks one address may have. */
const SHARE_OF_BYTES = 1 / 4;

const STATUS: Record<DeliveryOutcome, number> = {
  ACCEPTED: 202,
  DUPLICATE: 200,
  TOO_LARGE: 413,
  UNSUPPORTED_ENCODING: 415,
  OVERLOADED: 503,
  CLIENT_CLOSED,
  UNSIGNED: 401,
  BAD_SIGNATURE: 401,
  STALE: 401,
  MALFORMED: 400,
};

export interface WebhookOptions {
  gateway: Gateway;
  /** How the deliveries of each provider that has a secret are read. */
  readers: ReadonlyMap<ProviderName, ReadWebhook>;
  answers: Responder;
  /** How many bytes of deliveries may be held at once. Their sender is known only when all bytes have arrived. */
  heldBytes: number;
  /** The share of those bytes that a delivery counts towards. */
  shareOf: (request: IncomingMessage) => string;
  onDelivery: (delivery: { provider: ProviderName; outcome: DeliveryOutcome; requestId: string }) => void;
}

/** `POST /webhooks/{provider}`: events that a provider sends and signs. They are worked on after the answer. */
export function webhooks(options: WebhookOptions): [path: string, Route][] {
  const { gateway, readers, answers, shareOf, onDelivery } = options;
  const budget = new Quota({ total: options.heldBytes, each: options.heldBytes * SHARE_OF_BYTES });
  const unpacking = new DecompressionQueue();
  return [...readers].map(([provider, read]) => {
    const handle: Route['handle'] = async (request, response) => {
      const rules = { limit: LARGEST_DELIVERY, budget, share: shareOf(request), unpacking };
      const outcome = await receive(gateway, { provider, read }, request, rules);
      // A delivery that takes too long has been answered meanwhile.
      if (response.headersSent) return;
      const headers = outcome === 'OVERLOADED' ? { 'retry-after': RETRY_AFTER } : {};
      const requestId = answers.send(request, response, {
        status: STATUS[outcome],
        headers,
        body: '',
        isRoutine: true,
      });
      onDelivery({ provider, outcome, requestId });
      if (outcome === 'ACCEPTED') setImmediate(() => workOn(gateway));
    };
    return [`/webhooks/${provider.toLowerCase()}`, { methods: ['POST'], handle }];
  });
}

async function receive(
  { store, clock }: Gateway,
  { provider, read }: { provider: ProviderName; read: ReadWebhook },
  request: IncomingMessage,
  rules: BodyLimits,
): Promise<DeliveryOutcome> {
  const header = (name: string) => request.headers[name]?.toString() ?? null;
  const reading = read(header, clock());
  if ('fault' in reading) return reading.fault;
  try {
    const { bytes, release } = await readBody(request, rules);
    release();
    // The signature is over the unpacked body.
    const delivery = reading.readBody(bytes.toString());
    if ('fault' in delivery) return delivery.fault;
    return store.providerEvents.add(provider, delivery.event, clock()) ? 'ACCEPTED' : 'DUPLICATE';
  } catch (error) {
    const outcome = outcomeOf(error);
    if (outcome === null) throw error;
    return outcome;
  }
}

function outcomeOf(error: unknown): DeliveryOutcome | null {
  if (error instanceof BodyTooLargeError) return 'TOO_LARGE';
  if (error instanceof OverloadedError) return 'OVERLOADED';
  if (error instanceof ClientClosedError) return 'CLIENT_CLOSED';
  if (error instanceof UnsupportedEncodingError) return 'UNSUPPORTED_ENCODING';
  if (error instanceof InvalidEncodingError) return 'MALFORMED';
  return null;
}

/** If this fails, the background job processes the event later. */
function workOn(gateway: Gateway): void {
  try {
    processProviderEvents(gateway);
  } catch (error) {
    gateway.reportBug(error);
  }
}
