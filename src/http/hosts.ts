import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener } from 'node:http';
import { hostName, isLoopback } from '../access/host-names.ts';
import type { AnsweredOperation } from './operation-log.ts';

/** The target of a request as a proxy is sent it. */
const ABSOLUTE = /^[a-z][\w+.-]*:\/\/(?<authority>[^/?#]*)/i;

const STATUS = 421;
const REFUSAL = JSON.stringify({
  errors: [
    {
      message:
        'Without keys the gateway answers localhost and the hosts in ALLOWED_HOSTS. Add this host there, or set API_KEYS.',
      extensions: { code: 'HOST_NOT_ALLOWED' },
    },
  ],
});

/** Answers every request that is not for one of our hosts with 421, whatever its path, before anything else looks at it. */
export function onlyForHosts(
  allowed: readonly string[],
  listener: RequestListener,
  tell: (refused: AnsweredOperation) => void,
): RequestListener {
  const names = new Set(allowed);
  return (request, response) => {
    if (isForHost(request, names)) {
      listener(request, response);
      return;
    }
    const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
    // Its body is not read: what is left of it must not be taken for the next request.
    response.writeHead(STATUS, { ...headers, 'content-length': REFUSAL.length, connection: 'close' }).end(REFUSAL);
    tell({
      requestId: randomUUID(),
      caller: null,
      operation: null,
      type: null,
      outcomes: [`HTTP_${STATUS}`],
      milliseconds: 0,
      providerCalls: 0,
      calls: [],
    });
  };
}

/**
 * Whether a request is meant for this machine: a web page that lets its own name lead to 127.0.0.1 (DNS rebinding) makes
 * a browser send that name. A request without a name, or with several, is not; what proxies say in other headers counts
 * for nothing.
 */
function isForHost({ rawHeaders, url = '' }: IncomingMessage, allowed: ReadonlySet<string>): boolean {
  const hosts = rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'host');
  const target = ABSOLUTE.exec(url)?.groups?.authority;
  if (hosts.length !== 1) return false;
  return [...hosts, ...(target === undefined ? [] : [target])].every((text) => {
    const host = hostName(text);
    return host !== null && (isLoopback(host) || allowed.has(host));
  });
}
