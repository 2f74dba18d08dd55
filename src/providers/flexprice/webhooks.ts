import { Webhook } from 'standardwebhooks';
import type { ReadBody, ReadWebhook } from '../../domain/provider/webhook-delivery.ts';
import { isRecent, isSame, objectOf, readEvent } from '../client/signed-webhooks.ts';

/** The secret as Svix shows it: base64 behind "whsec_". */
export const SVIX_SECRET = /^whsec_(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * Reads the deliveries of Flexprice Cloud, which Svix sends and signs: svix-id, svix-timestamp, svix-signature
 * (docs.flexprice.io, developers/webhooks/signature-verification). The library makes the signature; its own check of
 * the time would read the clock of the machine. A Flexprice that is self-hosted does not sign: it is refused.
 */
export function flexpriceWebhooks(secret: string): ReadWebhook {
  const webhook = new Webhook(secret);
  return (header, now) => {
    const [id, time, signatures] = ['svix-id', 'svix-timestamp', 'svix-signature'].map(header);
    if (!id || !time || !signatures) return { fault: 'UNSIGNED' };
    if (!isRecent(time, now)) return { fault: 'STALE' };
    const readBody: ReadBody = (body) => {
      const expected = webhook.sign(id, new Date(Number(time) * 1000), body);
      if (!signatures.split(' ').some((signature) => isSame(signature, expected))) return { fault: 'BAD_SIGNATURE' };
      const event = objectOf(body);
      return event ? readEvent(id, event) : { fault: 'MALFORMED' };
    };
    return { readBody };
  };
}
