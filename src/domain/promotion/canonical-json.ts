/**
 * JSON that is the same for equal values: the members of objects and sets are sorted, lists keep their order. Idempotency
 * keys keep a digest of it, so it must not change. A library that sorts keys as text gives other bytes for keys that look
 * like numbers (metadata may have such keys), and none for sets.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (part instanceof Set) return [...part].sort();
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    // Sorted by their keys alone: metadata with a key `toString` cannot be compared as text.
    return Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}
