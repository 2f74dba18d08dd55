import { Webhook } from 'standardwebhooks';
import type { ReadBody, ReadWebhook } from '../../domain/provider/webhook-delivery.ts';
import { isRecent, isSame, objectOf, readEvent } from '../client/signed-webhooks.ts';

/** The secret as Svix shows it: "whsec_" and base64. */
export const SVIX_SECRET = /^whsec_(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * Reads the deliveries of Flexprice Cloud, which Svix sends and signs: svix-id, svix-timestamp, svix-signature
 * (source: docs.flexprice.io, developers/webhooks/signature-verification). The library only computes the signature, because its
 * time check uses the system clock and not `now`. A self-hosted Flexprice does not sign, so its deliveries are refused.
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
