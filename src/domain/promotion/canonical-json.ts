/**
 * JSON that is the same for equal values. Members of objects and sets are sorted; lists keep their order. The store has
 * digests of it for idempotency keys, so the output must not change. Libraries that sort keys as text give other bytes
 * for keys that look like numbers, which metadata may have, and do not support sets.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (part instanceof Set) return [...part].sort();
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    // Compares only the keys: a value with a member `toString` cannot be compared as text.
    return Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}
