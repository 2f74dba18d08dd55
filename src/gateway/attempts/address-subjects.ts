import { siteOf } from '../../auth/networks.ts';
import type { Subject } from './window-limits.ts';

/** The kinds that an address is counted under: as itself, and as the /48 network around an IPv6 address. */
interface AddressKinds<Kind extends string> {
  address: Kind;
  site: Kind;
}

/**
 * A /48 network has this many times the limit of an address. It contains 65,536 of the /64 networks that count as one.
 */
const ADDRESSES_PER_SITE = 5;

/** The limit of the /48 network around an address that has a limit itself. */
export function siteLimit(ofAddress: number): number {
  return ofAddress * ADDRESSES_PER_SITE;
}

/** @param address in its counted form; null: unknown, so nothing is counted */
export function addressSubjects<Kind extends string>(
  address: string | null,
  kinds: AddressKinds<Kind>,
): Subject<Kind>[] {
  if (address === null) return [];
  const site = siteOf(address);
  return [{ kind: kinds.address, key: address }, ...(site === null ? [] : [{ kind: kinds.site, key: site }])];
}
