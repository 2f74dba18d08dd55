import type { IncomingMessage } from 'node:http';
import { LRUCache } from 'lru-cache';
import { hostName, isLoopback } from '../../auth/host-names.ts';
import { errorResponse, type PlainResponse } from '../responses/responder.ts';
import type { Target } from './target.ts';

const HOST = 'host';
const BAD_HOST = errorResponse(400, 'BAD_REQUEST', 'The Host of the request is not valid');
const MISDIRECTED = errorResponse(
  421,
  'HOST_NOT_ALLOWED',
  'Without keys the gateway answers localhost and the hosts in ALLOWED_HOSTS. Add this host there, or set API_KEYS.',
);

/** How many accepted hosts are remembered. */
const MAX_KNOWN = 100;

/** Checks the Host of each request. */
export class HostCheck {
  readonly #allowed: ReadonlySet<string> | null;
  /** The last accepted hosts, as they were sent. Almost all requests have one of a few. */
  readonly #accepted = new LRUCache<string, true>({ max: MAX_KNOWN });

  /** @param allowed the hosts that are answered besides those of this machine; null for every host */
  constructor(allowed: ReadonlySet<string> | null) {
    this.#allowed = allowed;
  }

  /** Returns the error response for a host that is not valid or not allowed, otherwise null. */
  check(request: IncomingMessage, { authority }: Target): PlainResponse | null {
    const hosts = hostsOf(request);
    const [host] = hosts;
    const isOnlyHost = hosts.length === 1 && authority === undefined;
    if (isOnlyHost && host !== undefined && this.#accepted.has(host)) return null;
    const rejected = this.#judge(request, authority === undefined ? hosts : [...hosts, authority], hosts.length);
    if (rejected === null && isOnlyHost && host !== undefined) this.#accepted.set(host, true);
    return rejected;
  }

  #judge({ httpVersion }: IncomingMessage, names: readonly string[], sent: number): PlainResponse | null {
    const allowed = this.#allowed;
    if (allowed !== null && (sent !== 1 || !names.every((name) => isOurs(name, allowed)))) return MISDIRECTED;
    // HTTP/1.0 allows requests without a Host.
    const hasOneHost = sent === 1 || (sent === 0 && httpVersion === '1.0');
    return hasOneHost && names.every(isValid) ? null : BAD_HOST;
  }
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
  const hosts: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name, value] = [rawHeaders[index], rawHeaders[index + 1]];
    if (name?.length === HOST.length && name.toLowerCase() === HOST && value !== undefined) hosts.push(value);
  }
  return hosts;
}
