import { siteOf } from '../../auth/networks.ts';
import type { Subject } from './window-limits.ts';

/** What is counted of an address: itself, and the /48 network around an IPv6 address. */
interface AddressKinds<Kind extends string> {
  address: Kind;
  site: Kind;
}

/** A /48 network holds 65,536 of the /64 networks that addresses are counted by, so it has this many times the limit of one. */
const ADDRESSES_PER_SITE = 5;

/** The limit of the /48 network around an address that has a limit itself. */
export function siteLimit(ofAddress: number): number {
  return ofAddress * ADDRESSES_PER_SITE;
}

/** @param address as it is counted; null: it is not known, and nothing is counted */
export function addressSubjects<Kind extends string>(
  address: string | null,
  kinds: AddressKinds<Kind>,
): Subject<Kind>[] {
  if (address === null) return [];
  const site = siteOf(address);
  return [{ kind: kinds.address, key: address }, ...(site === null ? [] : [{ kind: kinds.site, key: site }])];
}
