import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Bits of an IPv6 address that name the network of one connection; the customer chooses the rest. */
const CONNECTION_BITS = 64;
/** Bits that name a site: what many providers give to one customer, who can use each /64 in it. */
const SITE_BITS = 48;

/**
 * An IP address in the form by which attempts are counted: an IPv4 address as it is, an IPv6 address as its /64. A zone
 * id is dropped. Also accepts a form that it has returned. Null for anything that is not an address.
 */
export function countedAddress(text: string): string | null {
  const suffix = `/${CONNECTION_BITS}`;
  const [bare = ''] = (text.endsWith(suffix) ? text.slice(0, -suffix.length) : text).split('%');
  // ipaddr.js alone also reads "1" and "0x7f.1".
  if (isIP(bare) === 0) return null;
  // An IPv4 address may be written as an IPv6 one.
  const address = ipaddr.process(bare);
  return address instanceof ipaddr.IPv4 ? address.toString() : networkOf(address, CONNECTION_BITS);
}

/** The /48 around a counted IPv6 address; null for an IPv4 address. */
export function siteOf(counted: string): string | null {
  const [bare = ''] = counted.split('/');
  return ipaddr.IPv6.isValid(bare) ? networkOf(ipaddr.IPv6.parse(bare), SITE_BITS) : null;
}

function networkOf({ parts }: ipaddr.IPv6, bits: number): string {
  const network = parts.map((part, index) => (index < bits / 16 ? part : 0));
  return `${new ipaddr.IPv6(network).toString()}/${bits}`;
}
