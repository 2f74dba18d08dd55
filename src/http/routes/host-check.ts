import type { IncomingMessage } from 'node:http';
import { hostName, isLoopback } from '../../auth/host-names.ts';
import { type PlainResponse, refusal } from '../responses/responder.ts';
import type { Target } from './target.ts';

const BAD_HOST = refusal(400, 'BAD_REQUEST', 'The Host of the request is not valid');
const MISDIRECTED = refusal(
  421,
  'HOST_NOT_ALLOWED',
  'Without keys the gateway answers localhost and the hosts in ALLOWED_HOSTS. Add this host there, or set API_KEYS.',
);

/**
 * Refuses a request whose Host is not valid.
 * @param allowed the hosts that are answered besides those of this machine; null: every host
 */
export function hostRefusal(
  request: IncomingMessage,
  { authority }: Target,
  allowed: ReadonlySet<string> | null,
): PlainResponse | null {
  const hosts = hostsOf(request);
  const names = authority === undefined ? hosts : [...hosts, authority];
  if (allowed !== null && (hosts.length !== 1 || !names.every((name) => isOurs(name, allowed)))) return MISDIRECTED;
  // HTTP/1.0 has requests without one.
  const isSound = hosts.length === 1 || (hosts.length === 0 && request.httpVersion === '1.0');
  return isSound && names.every(isValid) ? null : BAD_HOST;
}

/**
 * Whether a host is this machine: a web page that lets its own name lead to 127.0.0.1 (DNS rebinding) makes a browser send
 * that name. A request without a name, or with several, is refused; what proxies say in other headers counts for nothing.
 */
function isOurs(text: string, allowed: ReadonlySet<string>): boolean {
  const host = hostName(text);
  return host !== null && (isLoopback(host) || allowed.has(host));
}

/** A host that is a part of an address: 999.1.1.1 and a port of 99999 are not. */
function isValid(host: string): boolean {
  return hostName(host) !== null && URL.canParse(`http://${host}`);
}

/** Every Host that was sent: node keeps only the first. */
function hostsOf({ rawHeaders }: IncomingMessage): string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'host');
}
