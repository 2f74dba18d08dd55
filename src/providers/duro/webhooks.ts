import { createHmac } from 'node:crypto';
import type { ReadBody, ReadWebhook } from '../../domain/provider/webhook-delivery.ts';
import { isRecent, isSame, objectOf, readEvent } from '../client/signed-webhooks.ts';

/**
 * Reads Duro's deliveries: `Duro-Signature: t=<seconds>,v1=<hex>`, an HMAC-SHA256 of the time, a dot and the raw body
 * (source: Duro's pages webhooks/delivery and api-reference/webhook-events). They do not state whether "whsec_" is part of
 * the HMAC key, so both variants are accepted.
 */
export function duroWebhooks(secret: string): ReadWebhook {
  const keys = [secret, ...(secret.startsWith('whsec_') ? [secret.slice('whsec_'.length)] : [])];
  return (header, now) => {
    const parts = (header('duro-signature') ?? '').split(',').map((part) => part.trim().split('='));
    const time = parts.find(([name]) => name === 't')?.[1];
    const signatures = parts.flatMap(([name, value]) => (name === 'v1' && value ? [value.toLowerCase()] : []));
    const id = header('duro-event-id');
    if (time === undefined || signatures.length === 0 || !id) return { fault: 'UNSIGNED' };
    if (!isRecent(time, now)) return { fault: 'STALE' };
    const readBody: ReadBody = (body) => {
      const expected = keys.map((key) => createHmac('sha256', key).update(`${time}.${body}`).digest('hex'));
      if (!signatures.some((signature) => expected.some((one) => isSame(one, signature)))) {
        return { fault: 'BAD_SIGNATURE' };
      }
      const event = objectOf(body);
      // The id in the header is not signed; the one in the body is.
      if (!event || !('id' in event) || event.id !== id) return { fault: 'MALFORMED' };
      return readEvent(id, event);
    };
    return { readBody };
  };
}
