import type { IncomingMessage } from 'node:http';
import { type Caller, LOCAL_CALLER } from '../../auth/caller.ts';
import type { ClientAddresses } from './client-address.ts';

const UNKNOWN_CALLER: Caller = { ...LOCAL_CALLER, name: 'unknown', scopes: new Set(), isServer: false };

/**
 * The share that a request counts towards: that of a server by its name, that of a customer or of an unknown (or not yet
 * known) caller by its address.
 */
export function shareOf(addresses: ClientAddresses, request: IncomingMessage, caller = UNKNOWN_CALLER): string {
  if (caller.isServer) return `caller ${caller.name}`;
  return `address ${addresses.of(request, caller) ?? 'unknown'}`;
}
