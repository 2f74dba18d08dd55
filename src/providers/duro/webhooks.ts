import type { ReadBody, ReadWebhook } from '../../domain/provider/webhook-delivery.ts';
import { isRecent, isSignedBy, objectOf, readEvent, timedSignature } from '../client/signed-webhooks.ts';

/**
 * Reads Duro's deliveries: `Duro-Signature: t=<seconds>,v1=<hex>`, an HMAC-SHA256 of the time, a dot and the raw body
 * (source: Duro's pages webhooks/delivery and api-reference/webhook-events). They do not state whether "whsec_" is part of
 * the HMAC key, so both variants are accepted.
 */
export function duroWebhooks(secret: string): ReadWebhook {
  const keys = [secret, ...(secret.startsWith('whsec_') ? [secret.slice('whsec_'.length)] : [])];
  return (header, now) => {
    const signature = timedSignature(header('duro-signature'));
    const id = header('duro-event-id');
    if (!signature || !id) return { fault: 'UNSIGNED' };
    if (!isRecent(signature.time, now)) return { fault: 'STALE' };
    const readBody: ReadBody = (body) => {
      if (!isSignedBy(keys, signature, body)) return { fault: 'BAD_SIGNATURE' };
      const event = objectOf(body);
      // The id in the header is not signed; the one in the body is.
      if (!event || !('id' in event) || event.id !== id) return { fault: 'MALFORMED' };
      return readEvent(id, event);
    };
    return { readBody };
  };
}
