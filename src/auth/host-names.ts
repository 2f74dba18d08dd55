import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** A host with an optional port, as in a Host header. Anything else, such as user information, is invalid. */
const AUTHORITY = /^(?<host>\[[\da-f:.]+\]|[\w.-]+)(:\d*)?$/i;

/**
 * The normalized name of a host: in lower case, without a trailing dot, an IPv6 address without brackets. Null if the text is
 * not a host.
 */
export function hostName(text: string): string | null {
  const host = AUTHORITY.exec(text)?.groups?.host?.toLowerCase();
  if (host === undefined) return null;
  if (host.startsWith('[')) {
    const address = host.slice(1, -1);
    // Turns an IPv4-mapped IPv6 address into IPv4.
    return isIPv6(address) ? ipaddr.process(address).toString() : null;
  }
  const name = host.replace(/\.$/, '');
  return name.split('.').every((label) => label !== '') ? name : null;
}

/** True for names that always mean this machine, regardless of DNS. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host.endsWith('.localhost') || host === '::1') return true;
  return isIPv4(host) && host.startsWith('127.');
}
