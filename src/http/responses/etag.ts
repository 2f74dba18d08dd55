import { hash } from 'node:crypto';
import fresh from 'fresh';
import type { ContentCoding } from './compression.ts';

/** Identifies a body: the part of its ETags that is the same in all codings. */
export function digestOf(body: string | Uint8Array): string {
  // A hash of the body is all there is to it: a library for ETags would only add the length.
  return hash('sha256', body, 'base64url');
}

/**
 * The strong ETag of a body that is sent in a coding. Bytes that differ must have different strong ETags (RFC 9110, 8.8.3.3),
 * so the coding is a part of it.
 * @param coding null: the body is sent as it is
 */
export function etagOf(digest: string, coding: ContentCoding | null): string {
  return coding ? `"${digest}-${coding}"` : `"${digest}"`;
}

/** True if a client that sent this If-None-Match already has the response with this ETag. It gets 304. */
export function hasCurrent(ifNoneMatch: string | undefined, etag: string): boolean {
  // Without the request's Cache-Control, for which `fresh` would send the body again.
  return fresh({ 'if-none-match': ifNoneMatch }, { etag });
}
