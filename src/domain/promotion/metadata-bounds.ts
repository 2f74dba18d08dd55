import type { Metadata } from './promotion.ts';

/**
 * The smallest limits among the providers: the number of keys, and the lengths of a key and a value in UTF-16 units.
 */
export const METADATA_LIMITS = { keys: 50, key: 40, value: 500 } as const;

/**
 * Reduces a provider's metadata to {@link METADATA_LIMITS}: drops keys that are too long, keeps the first of the
 * others, and cuts their values.
 */
export function boundMetadata(metadata: Metadata): Metadata {
  const { keys, key: longestKey, value: longestValue } = METADATA_LIMITS;
  const kept = Object.entries(metadata).filter(([key]) => key.length <= longestKey);
  return Object.fromEntries(kept.slice(0, keys).map(([key, value]) => [key, beginning(value, longestValue)]));
}

/** The first `length` UTF-16 units, without half a surrogate pair at the cut. */
function beginning(text: string, length: number): string {
  return text.length <= length ? text : text.slice(0, length).replace(/[\ud800-\udbff]$/, '');
}
