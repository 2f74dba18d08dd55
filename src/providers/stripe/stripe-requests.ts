import { z } from 'zod';
import type { Page, PageRequest, WriteCall } from '../../domain/provider/provider.ts';
import type { WireRequest } from '../client/client.ts';
import { readEach } from '../client/wire-values.ts';

const MAX_PAGE_SIZE = 100;

/** The account that the API key belongs to, as STRIPE_ACCOUNTS names it. */
export const PLATFORM = 'platform';

type Request<Answer> = Pick<WireRequest<Answer>, 'operation' | 'path' | 'read'>;

const pageAnswer = z.object({ data: z.array(z.unknown()), has_more: z.boolean() });
const identified = z.object({ id: z.string().min(1) });

/** The requests to one account of Stripe. */
export class StripeRequests {
  readonly #headers: Record<string, string>;

  constructor(account: string) {
    this.#headers = account === PLATFORM ? {} : { 'stripe-account': account };
  }

  get<Answer>({ path, ...request }: Request<Answer>, query: object): WireRequest<Answer> {
    return { ...request, method: 'GET', path: ['v1', ...path], query, headers: this.#headers };
  }

  /** Stripe answers a repeated POST with its first answer for at least a day. */
  post<Answer>({ path, ...request }: Request<Answer>, body: object, { intentId }: WriteCall): WireRequest<Answer> {
    const headers = { ...this.#headers, 'idempotency-key': intentId };
    return { ...request, method: 'POST', path: ['v1', ...path], headers, body, conflictReason: 'IN_PROGRESS' };
  }

  delete<Answer>({ path, ...request }: Request<Answer>): WireRequest<Answer> {
    return { ...request, method: 'DELETE', path: ['v1', ...path], headers: this.#headers };
  }
}

/** The query of a page. A cursor is the id of an object. */
export function pageQuery({ cursor, limit }: PageRequest) {
  return { limit: Math.min(limit, MAX_PAGE_SIZE), starting_after: cursor };
}

/** Reads a page, newest first. */
export function pageOf<Item>(read: (entry: unknown) => Item) {
  return (body: unknown): Page<Item> => {
    const { data, has_more } = pageAnswer.parse(body);
    const { items, unreadable } = readEach(data, read);
    const last = identified.safeParse(data.at(-1)).data?.id ?? null;
    const next = has_more ? last : null;
    // With "has_more" but no id to continue after, the rest cannot be read: count it as unreadable.
    return { items, next, unreadable: unreadable + (has_more && next === null ? 1 : 0) };
  };
}
