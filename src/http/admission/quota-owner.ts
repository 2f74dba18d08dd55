import type { Sender } from '../request-facts.ts';

/** The owner of the quota that a request counts towards: a server by its name, a customer by the network address. */
export function quotaOwner({ caller, address }: Sender): string {
  return caller.isServer ? `caller ${caller.name}` : addressOwner(address);
}

/** The owner of the quota of requests whose caller is unknown. */
export function addressOwner(address: string | null): string {
  return `address ${address ?? 'unknown'}`;
}
