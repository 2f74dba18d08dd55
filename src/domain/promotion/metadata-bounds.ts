import type { Metadata } from './promotion.ts';

/** The tightest limits of any provider. Lengths in UTF-16 units. */
export const METADATA_LIMITS = { keys: 50, key: 40, value: 500 } as const;

/**
 * A provider's metadata within {@link METADATA_LIMITS}: its first keys of those that are not too long, and the beginning
 * of each value.
 */
export function boundMetadata(metadata: Metadata): Metadata {
  const { keys, key: longestKey, value: longestValue } = METADATA_LIMITS;
  const kept = Object.entries(metadata).filter(([key]) => key.length <= longestKey);
  return Object.fromEntries(kept.slice(0, keys).map(([key, value]) => [key, beginning(value, longestValue)]));
}

/** Half of a surrogate pair is left out at the cut. */
function beginning(text: string, length: number): string {
  return text.length <= length ? text : text.slice(0, length).replace(/[\ud800-\udbff]$/, '');
}
