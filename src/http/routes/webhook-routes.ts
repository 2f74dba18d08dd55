import type { IncomingMessage } from 'node:http';
import type { ProviderName } from '../../domain/promotion/promotion.ts';
import type { DeliveryOutcome, ReadWebhook } from '../../domain/provider/webhook-delivery.ts';
import type { Gateway } from '../../gateway/core/gateway.ts';
import { acceptProviderEvent, processProviderEvents } from '../../gateway/sync/process-provider-events.ts';
import { CLIENT_CLOSED } from '../../telemetry/request-log.ts';
import {
  BodyTooLargeError,
  ClientClosedError,
  OverloadedError,
  RETRY_AFTER_SECONDS,
} from '../admission/admission-errors.ts';
import { InvalidEncodingError, UnsupportedEncodingError } from '../admission/content-encoding.ts';
import { DecompressionQueue } from '../admission/decompression-queue.ts';
import { Quota } from '../admission/quota.ts';
import { type BodyLimits, readBody } from '../admission/read-body.ts';
import type { Responder } from '../responses/responder.ts';
import type { Route } from './route-table.ts';

/** In bytes. */
const MAX_DELIVERY = 256 * 1024;

/** The part of the memory for deliveries that one address may use. */
const BYTES_PER_ADDRESS = 1 / 4;

const STATUS: Record<DeliveryOutcome, number> = {
  ACCEPTED: 202,
  DUPLICATE: 200,
  // An error would make the provider repeat the delivery for days.
  IRRELEVANT: 200,
  UNKNOWN_ACCOUNT: 200,
  TOO_LARGE: 413,
  UNSUPPORTED_ENCODING: 415,
  OVERLOADED: 503,
  CLIENT_CLOSED,
  UNSIGNED: 401,
  BAD_SIGNATURE: 401,
  STALE: 401,
  MALFORMED: 400,
};

/** A delivery that has been answered. */
export interface AnsweredDelivery {
  provider: ProviderName;
  outcome: DeliveryOutcome;
  requestId: string;
}

export interface WebhookOptions {
  gateway: Gateway;
  /** Verifies and reads the deliveries of each provider whose webhook secret is set. */
  readers: ReadonlyMap<ProviderName, ReadWebhook>;
  responder: Responder;
  /** The memory for deliveries, in bytes. Their sender is known only when all bytes have arrived. */
  bodyBytes: number;
  /** The owner of the quota that a delivery counts towards. */
  ownerOf: (request: IncomingMessage) => string;
  onDelivery: (delivery: AnsweredDelivery) => void;
}

/**
 * `POST /webhooks/{provider}`: signed events of a provider. They are stored, and what they concern is marked, before they are
 * answered: a use after the answer is judged by a newer state.
 */
export function webhookRoutes(options: WebhookOptions): [path: string, Route][] {
  const { gateway, readers, responder, ownerOf, onDelivery } = options;
  const quota = new Quota({ total: options.bodyBytes, perOwner: options.bodyBytes * BYTES_PER_ADDRESS });
  const decompression = new DecompressionQueue();
  return [...readers].map(([provider, read]) => {
    const handle: Route['handle'] = async (request, response) => {
      const limits = { limit: MAX_DELIVERY, quota, owner: ownerOf(request), decompression };
      const outcome = await receive(gateway, { provider, read }, request, limits);
      if (outcome === 'ACCEPTED') await processEvents(gateway);
      // A delivery that takes too long has already been answered with 408.
      if (response.headersSent) return;
      const headers = outcome === 'OVERLOADED' ? { 'retry-after': RETRY_AFTER_SECONDS } : {};
      const plain = { status: STATUS[outcome], headers, body: '', isRoutine: true };
      const requestId = responder.send(request, response, plain);
      onDelivery({ provider, outcome, requestId });
    };
    return [`/webhooks/${provider.toLowerCase()}`, { methods: ['POST'], handle }];
  });
}

async function receive(
  gateway: Gateway,
  { provider, read }: { provider: ProviderName; read: ReadWebhook },
  request: IncomingMessage,
  limits: BodyLimits,
): Promise<DeliveryOutcome> {
  const header = (name: string) => request.headers[name]?.toString() ?? null;
  const reading = read(header, gateway.clock());
  if ('fault' in reading) return reading.fault;
  try {
    const { bytes, release } = await readBody(request, limits);
    release();
    // The signature covers the decompressed body.
    const delivery = reading.readBody(bytes.toString());
    if ('fault' in delivery) return delivery.fault;
    if ('ignored' in delivery) return delivery.ignored;
    return (await acceptProviderEvent(gateway, provider, delivery.event)) ? 'ACCEPTED' : 'DUPLICATE';
  } catch (error) {
    const outcome = outcomeOf(error);
    if (outcome === null) throw error;
    return outcome;
  }
}

/** The outcome of a delivery whose body could not be read; null for any other error. */
function outcomeOf(error: unknown): DeliveryOutcome | null {
  if (error instanceof BodyTooLargeError) return 'TOO_LARGE';
  if (error instanceof OverloadedError) return 'OVERLOADED';
  if (error instanceof ClientClosedError) return 'CLIENT_CLOSED';
  if (error instanceof UnsupportedEncodingError) return 'UNSUPPORTED_ENCODING';
  if (error instanceof InvalidEncodingError) return 'MALFORMED';
  return null;
}

/**
 * Processes what has been accepted. A run that has begun may not see the latest event, so another one follows it. If it
 * fails, the event is stored nevertheless, and the background job processes it later.
 */
async function processEvents(gateway: Gateway): Promise<void> {
  await gateway.eventRuns.shareNext('', () => processProviderEvents(gateway)).catch(gateway.reportBug);
}
