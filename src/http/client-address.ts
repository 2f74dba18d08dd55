import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import proxyAddress from 'proxy-addr';
import type { Caller } from '../access/caller.ts';

/** How many parts of an IPv6 address name the network that a connection is given; the rest is its own choice. */
const NETWORK_PARTS = 4;

/** Tells from which address a customer sends a request, believing only the proxies that are named. */
export class ClientAddresses {
  readonly #hasProxies: boolean;
  readonly #trusts: (address: string, hop: number) => boolean;

  constructor(trustedProxies: string[]) {
    this.#hasProxies = trustedProxies.length > 0;
    this.#trusts = proxyAddress.compile(trustedProxies);
  }

  /**
   * The address, an IPv6 one as its network. Null where it is not a customer's: what connects with a key is a shop's
   * server, unless a proxy that is trusted says for whom.
   */
  of(request: IncomingMessage, { isServer }: Caller): string | null {
    if (isServer && !this.#hasProxies) return null;
    const peer = request.socket.remoteAddress;
    if (peer === undefined) return null;
    const address = proxyAddress(request, this.#trusts);
    // A proxy that forwards for nobody speaks for itself.
    const isForwarded = address !== peer && !this.#trusts(address, 0);
    return (isServer && !isForwarded) || !ipaddr.isValid(address) ? null : normalised(address);
  }
}

function normalised(text: string): string {
  // An IPv4 address may be written as an IPv6 one.
  const address = ipaddr.process(text);
  if (address instanceof ipaddr.IPv4) return address.toString();
  const network = address.parts.map((part, index) => (index < NETWORK_PARTS ? part : 0));
  return `${new ipaddr.IPv6(network).toString()}/64`;
}
