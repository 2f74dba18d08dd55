import { randomUUID } from 'node:crypto';

export const REQUEST_ID_HEADER = 'x-request-id';

/** The ids that routers and proxies write. Other text could forge a line of the log. */
const REQUEST_ID = /^[\w.:-]{1,100}$/;

/** The client's id of its request if it is safe to log, otherwise a new id. */
export function requestIdOf(sent: string | string[] | null | undefined): string {
  return typeof sent === 'string' && REQUEST_ID.test(sent) ? sent : randomUUID();
}
