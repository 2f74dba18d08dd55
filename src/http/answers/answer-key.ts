import type { IncomingMessage } from 'node:http';
import type { Caller } from '../../auth/caller.ts';

/** Longer requests are not answered from memory. In UTF-16 units. */
const MAX_LENGTH = 20_000;

const JSON_TYPE = /^application\/json\b/i;

/** The headers that a response depends on, besides those of the connection and the credentials. */
const HEADERS = ['accept', 'accept-encoding', 'origin'] as const;

/**
 * A mutation has no answer to remember, and need not wait for a look at the store. In the texts of a few queries the
 * word stands for something else; they are executed each time.
 */
const MUTATION = /\bmutation\b/;

/** What callers may see. By the caller: there are few, and a token's caller is remembered with it. */
const views = new WeakMap<Caller, string>();

/** Whether a request may be answered from memory: a GET, or a POST of plain JSON. */
export function isAnswerable({ method, headers }: IncomingMessage): boolean {
  if (method === 'GET') return true;
  return method === 'POST' && JSON_TYPE.test(headers['content-type'] ?? '') && !('content-encoding' in headers);
}

/**
 * The text that equal requests have in common. Requests of callers that may see the same are equal: an answer that
 * depends on the caller's name is never stored.
 * @param body of a POST
 * @returns null for a request that is too long, and for a mutation
 */
export function answerKey(
  { method, url, headers }: IncomingMessage,
  body: Buffer | null,
  caller: Caller,
): string | null {
  if ((body?.length ?? 0) + (url?.length ?? 0) > MAX_LENGTH) return null;
  // As bytes: other encodings map different bodies to the same text.
  const text = body?.toString('latin1') ?? '';
  if (MUTATION.test(text)) return null;
  const sent = HEADERS.map((name) => headers[name] ?? '').join('\n');
  return [method, url, headers['content-type'], sent, viewOf(caller), text].join('\n');
}

function viewOf(caller: Caller): string {
  const known = views.get(caller);
  if (known !== undefined) return known;
  const { scopes, accountScope, customer, isServer } = caller;
  const view = JSON.stringify([[...scopes].sort(), accountScope, customer, isServer]);
  views.set(caller, view);
  return view;
}
