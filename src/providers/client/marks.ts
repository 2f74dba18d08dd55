import type { Metadata } from '../../domain/promotion/promotion.ts';

/** The prefix of the gateway's own metadata keys ("marks"). The gateway never shows them, and no client may set one. */
export const MARK_PREFIX = 'promo_gateway_';
/** The key of the mark that names the write which created an object. */
export const INTENT_MARK = `${MARK_PREFIX}intent`;

/** True if no key of the metadata looks like a mark of the gateway. */
export function isOwnMetadata(metadata: Metadata): boolean {
  return Object.keys(metadata).every((key) => !key.startsWith(MARK_PREFIX));
}

/** The metadata of clients, without the marks. */
export function ownMetadata(metadata: Metadata): Metadata {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => !key.startsWith(MARK_PREFIX)));
}
