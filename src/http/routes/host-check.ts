import type { IncomingMessage } from 'node:http';
import { hostName, isLoopback } from '../../auth/host-names.ts';
import { errorResponse, type PlainResponse } from '../responses/responder.ts';
import type { Target } from './target.ts';

const BAD_HOST = errorResponse(400, 'BAD_REQUEST', 'The Host of the request is not valid');
const MISDIRECTED = errorResponse(
  421,
  'HOST_NOT_ALLOWED',
  'Without keys the gateway answers localhost and the hosts in ALLOWED_HOSTS. Add this host there, or set API_KEYS.',
);

/**
 * Checks the Host of a request. Returns the error response for a host that is not valid or not allowed, otherwise null.
 * @param allowed the hosts that are answered besides those of this machine; null for every host
 */
export function checkHost(
  request: IncomingMessage,
  { authority }: Target,
  allowed: ReadonlySet<string> | null,
): PlainResponse | null {
  const hosts = hostsOf(request);
  const names = authority === undefined ? hosts : [...hosts, authority];
  if (allowed !== null && (hosts.length !== 1 || !names.every((name) => isOurs(name, allowed)))) return MISDIRECTED;
  // HTTP/1.0 allows requests without a Host.
  const hasOneHost = hosts.length === 1 || (hosts.length === 0 && request.httpVersion === '1.0');
  return hasOneHost && names.every(isValid) ? null : BAD_HOST;
}

/**
 * True if a host is this machine. A web page whose own name resolves to 127.0.0.1 (DNS rebinding) makes a browser send that
 * name. The headers that proxies add are ignored.
 */
function isOurs(text: string, allowed: ReadonlySet<string>): boolean {
  const host = hostName(text);
  return host !== null && (isLoopback(host) || allowed.has(host));
}

/** False for hosts that cannot be part of a URL, such as 999.1.1.1 or one with the port 99999. */
function isValid(host: string): boolean {
  return hostName(host) !== null && URL.canParse(`http://${host}`);
}

/** All Host headers that were sent; Node's own `headers` keeps only the first. */
function hostsOf({ rawHeaders }: IncomingMessage): string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'host');
}
