import type { IncomingMessage } from 'node:http';
import { type Caller, LOCAL_CALLER } from '../../access/caller.ts';
import type { ClientAddresses } from '../client-address.ts';

const UNKNOWN_CALLER: Caller = { ...LOCAL_CALLER, name: 'unknown', scopes: new Set(), isServer: false };

/**
 * Whose share of what is scarce a request takes: a server's by its name; a customer's, and everybody's who is not known
 * (yet), by address.
 */
export function shareOf(addresses: ClientAddresses, request: IncomingMessage, caller = UNKNOWN_CALLER): string {
  if (caller.isServer) return `caller ${caller.name}`;
  return `address ${addresses.of(request, caller) ?? 'unknown'}`;
}
