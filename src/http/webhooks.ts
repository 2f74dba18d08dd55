import type { Plugin } from 'graphql-yoga';
import type { Gateway } from '../actions/gateway.ts';
import { noteProviderEvents } from '../actions/note-provider-events.ts';
import type { ProviderName } from '../promo/promotion.ts';
import type { ReadWebhook, WebhookFault } from '../promo/webhook.ts';
import { readBody, TooLarge } from './body-limit.ts';
import { BrokenEncodingError, UnsupportedEncodingError } from './content-encoding.ts';

const PREFIX = '/webhooks/';
/** In bytes. */
const LARGEST_DELIVERY = 256 * 1024;

/** What became of a delivery. */
export type DeliveryOutcome = 'ACCEPTED' | 'DUPLICATE' | 'TOO_LARGE' | 'UNSUPPORTED_ENCODING' | WebhookFault;
export type CountDelivery = (provider: ProviderName, outcome: DeliveryOutcome) => void;

const STATUS: Record<DeliveryOutcome, number> = {
  ACCEPTED: 202,
  DUPLICATE: 200,
  TOO_LARGE: 413,
  UNSUPPORTED_ENCODING: 415,
  UNSIGNED: 401,
  BAD_SIGNATURE: 401,
  STALE: 401,
  MALFORMED: 400,
};

/** POST /webhooks/{provider}: what providers tell by themselves, once it is known to be theirs. Worked on afterwards. */
export function useWebhooks(
  gateway: Gateway,
  readers: ReadonlyMap<ProviderName, ReadWebhook>,
  count: CountDelivery,
): Plugin {
  const byPath = new Map([...readers].map(([name, read]) => [`${PREFIX}${name.toLowerCase()}`, { name, read }]));
  const answer = async (request: Request): Promise<{ status: number; headers?: Record<string, string> }> => {
    const provider = byPath.get(new URL(request.url).pathname);
    if (!provider) return { status: 404 };
    if (request.method !== 'POST') return { status: 405, headers: { allow: 'POST' } };
    const outcome = await receive(gateway, provider, request);
    count(provider.name, outcome);
    if (outcome === 'ACCEPTED') setImmediate(() => workOn(gateway));
    return { status: STATUS[outcome] };
  };
  return {
    onRequest({ request, url, endResponse, fetchAPI }) {
      // Nothing is to be worked out, or waited for, for any other request.
      if (!request.url.includes(PREFIX) || !url.pathname.startsWith(PREFIX)) return;
      return answer(request).then((init) => endResponse(new fetchAPI.Response(null, init)));
    },
  };
}

async function receive(
  { store, clock }: Gateway,
  { name, read }: { name: ProviderName; read: ReadWebhook },
  request: Request,
): Promise<DeliveryOutcome> {
  try {
    // What is signed is the body before anything on the way has packed it.
    const body = request.body ? Buffer.from(await readBody(LARGEST_DELIVERY, request)).toString() : '';
    const reading = read({ header: (key) => request.headers.get(key), body }, clock());
    if ('fault' in reading) return reading.fault;
    return store.providerEvents.add(name, reading.event, clock()) ? 'ACCEPTED' : 'DUPLICATE';
  } catch (error) {
    if (error instanceof TooLarge) return 'TOO_LARGE';
    if (error instanceof UnsupportedEncodingError) return 'UNSUPPORTED_ENCODING';
    if (error instanceof BrokenEncodingError) return 'MALFORMED';
    throw error;
  }
}

/** What goes wrong here is done by the background, which looks for what was left. */
function workOn(gateway: Gateway): void {
  try {
    noteProviderEvents(gateway);
  } catch (error) {
    gateway.reportBug(error);
  }
}
