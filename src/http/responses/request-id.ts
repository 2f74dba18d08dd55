import { randomUUID } from 'node:crypto';

export const REQUEST_ID_HEADER = 'x-request-id';

/** As routers and proxies write them; anything else could be made to look like a line of the log. */
const REQUEST_ID = /^[\w.:-]{1,100}$/;

/** The client's own id of its request where it is one that can be logged, otherwise a new one. */
export function requestIdOf(given: string | string[] | null | undefined): string {
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}
