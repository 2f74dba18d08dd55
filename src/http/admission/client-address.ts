import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import proxyAddress from 'proxy-addr';
import type { Caller } from '../../auth/caller.ts';
import { countedAddress } from '../../auth/networks.ts';

const IPV4_WITH_PORT = /^(?<address>[\d.]+):\d+$/;
/** Without brackets, a port could not be told from the end of the address. */
const BRACKETED_IPV6 = /^\[(?<address>[^\]]*)\](:\d+)?$/;

/** Finds the address that a customer sends a request from, believing only the proxies that are trusted. */
export class ClientAddresses {
  readonly #hasProxies: boolean;
  readonly #trusts: (address: string, hop: number) => boolean;

  constructor(trustedProxies: string[]) {
    this.#hasProxies = trustedProxies.length > 0;
    this.#trusts = proxyAddress.compile(trustedProxies);
  }

  /**
   * The address in the form by which it is counted. Null where it is not a customer's: a caller with a key is a shop's
   * server, unless a trusted proxy says for whom it forwards.
   */
  of(request: IncomingMessage, { isServer }: Caller): string | null {
    if (isServer && !this.#hasProxies) return null;
    const peer = request.socket.remoteAddress;
    if (peer === undefined) return null;
    const { address, isForwarded } = this.#walk(withoutZone(peer), entriesOf(request));
    return isServer && !isForwarded ? null : countedAddress(address);
  }

  /**
   * Follows the hops from the connection on, for as long as each is trusted to name the one before it. An entry that is
   * no address ends the walk at the hop that wrote it: that hop's own address counts.
   * @returns `isForwarded`: a trusted proxy forwards for somebody else
   */
  #walk(peer: string, entries: string[]): { address: string; isForwarded: boolean } {
    let address = peer;
    for (const [hop, entry] of entries.entries()) {
      if (!this.#trusts(address, hop)) return { address, isForwarded: hop > 0 };
      const named = addressIn(entry);
      if (named === null) return { address, isForwarded: true };
      address = named;
    }
    const hops = entries.length;
    return { address, isForwarded: hops > 0 && !this.#trusts(address, hops) };
  }
}

/** The nearest hop first. Node joins several headers into one; an empty entry of a list means nothing (RFC 9110, 5.6.1). */
function entriesOf({ headers }: IncomingMessage): string[] {
  return [headers['x-forwarded-for'] ?? '']
    .flat()
    .flatMap((line) => line.split(','))
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .reverse();
}

/** The address in an entry as proxies write it; null for "unknown", "_hidden" and anything else that is no address. */
function addressIn(entry: string): string | null {
  const text = /^"(?<quoted>.*)"$/.exec(entry)?.groups?.quoted ?? entry;
  const written = BRACKETED_IPV6.exec(text)?.groups ?? IPV4_WITH_PORT.exec(text)?.groups;
  const address = withoutZone(written?.address ?? text);
  return isIP(address) === 0 ? null : address;
}

function withoutZone(address: string): string {
  return address.split('%')[0] ?? '';
}
