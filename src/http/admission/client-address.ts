import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import proxyAddress from 'proxy-addr';
import type { Caller } from '../../auth/caller.ts';
import { countedAddress } from '../../auth/networks.ts';

const IPV4_WITH_PORT = /^(?<address>[\d.]+):\d+$/;
/** The brackets are required: without them, a port cannot be distinguished from the end of the address. */
const BRACKETED_IPV6 = /^\[(?<address>[^\]]*)\](:\d+)?$/;

/** Determines the address from which a customer sends a request. Believes X-Forwarded-For only from trusted proxies. */
export class ClientAddresses {
  readonly #hasProxies: boolean;
  readonly #isTrusted: (address: string, hop: number) => boolean;

  constructor(trustedProxies: string[]) {
    this.#hasProxies = trustedProxies.length > 0;
    this.#isTrusted = proxyAddress.compile(trustedProxies);
  }

  /**
   * The customer's address in its counted form. Null for a request of a shop's server, unless a trusted proxy forwards it
   * for somebody.
   */
  of(request: IncomingMessage, { isServer }: Pick<Caller, 'isServer'>): string | null {
    if (isServer && !this.#hasProxies) return null;
    const peer = request.socket.remoteAddress;
    if (peer === undefined) return null;
    const { address, isForwarded } = this.#followHops(withoutZone(peer), forwardedFor(request));
    return isServer && !isForwarded ? null : countedAddress(address);
  }

  /**
   * Follows the hops away from the connection, while each one is trusted to name the previous one. An entry that is not an
   * address stops at the hop that wrote it, whose own address counts.
   * @returns `isForwarded`: true if a trusted proxy forwards the request for somebody else
   */
  #followHops(peer: string, entries: string[]): { address: string; isForwarded: boolean } {
    let address = peer;
    for (const [hop, entry] of entries.entries()) {
      if (!this.#isTrusted(address, hop)) return { address, isForwarded: hop > 0 };
      const previous = addressIn(entry);
      if (previous === null) return { address, isForwarded: true };
      address = previous;
    }
    const hops = entries.length;
    return { address, isForwarded: hops > 0 && !this.#isTrusted(address, hops) };
  }
}

/** The entries of X-Forwarded-For, nearest hop first, without empty ones (RFC 9110, 5.6.1). Node joins several headers. */
function forwardedFor({ headers }: IncomingMessage): string[] {
  return [headers['x-forwarded-for'] ?? '']
    .flat()
    .flatMap((line) => line.split(','))
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .reverse();
}

/** The address in an entry, as proxies write it; null for "unknown", "_hidden" and anything else that is not an address. */
function addressIn(entry: string): string | null {
  const text = /^"(?<quoted>.*)"$/.exec(entry)?.groups?.quoted ?? entry;
  const written = BRACKETED_IPV6.exec(text)?.groups ?? IPV4_WITH_PORT.exec(text)?.groups;
  const address = withoutZone(written?.address ?? text);
  return isIP(address) === 0 ? null : address;
}

function withoutZone(address: string): string {
  return address.split('%')[0] ?? '';
}
