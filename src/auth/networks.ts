import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** The bits of an IPv6 address that identify a customer's network. The customer chooses the rest. */
const CONNECTION_BITS = 64;
/** The bits that identify a site. Many internet providers give a customer a /48, with all the /64 networks in it. */
const SITE_BITS = 48;

/**
 * The form of an IP address for counting: an IPv4 address stays as it is, an IPv6 address becomes its /64. A zone id is
 * dropped. Accepts its own results too. Null if the text is not an address.
 */
export function countedAddress(text: string): string | null {
  const suffix = `/${CONNECTION_BITS}`;
  const [bare = ''] = (text.endsWith(suffix) ? text.slice(0, -suffix.length) : text).split('%');
  // ipaddr.js also accepts "1" and "0x7f.1".
  if (isIP(bare) === 0) return null;
  // Turns an IPv4-mapped IPv6 address into IPv4.
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
