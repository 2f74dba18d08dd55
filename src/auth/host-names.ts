import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** A host with or without a port, as a Host header has it. Anything else in it, user information above all, is no host. */
const AUTHORITY = /^(?<host>\[[\da-f:.]+\]|[\w.-]+)(:\d*)?$/i;

/**
 * The name of a host, so that two ways to write it are one: in lower case, without the dot at the end, an IPv6 address
 * without brackets. Null for what is no host name.
 */
export function hostName(text: string): string | null {
  const host = AUTHORITY.exec(text)?.groups?.host?.toLowerCase();
  if (host === undefined) return null;
  if (host.startsWith('[')) {
    const address = host.slice(1, -1);
    // An IPv4 address may be written as an IPv6 one.
    return isIPv6(address) ? ipaddr.process(address).toString() : null;
  }
  const name = host.replace(/\.$/, '');
  return name.split('.').every((label) => label !== '') ? name : null;
}

/** True for names that lead to this machine, whatever a name server says. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host.endsWith('.localhost') || host === '::1') return true;
  return isIPv4(host) && host.startsWith('127.');
}
