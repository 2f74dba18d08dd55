import { z } from 'zod';
import type { Instant } from '../../domain/promotion/promotion.ts';

export type JsonObject = z.infer<typeof jsonObject>;
/** A JSON object with any fields. */
export const jsonObject = z.record(z.string(), z.unknown());

/** An RFC 3339 time, as milliseconds since 1970. Finer fractions are cut off. A time without a zone is read as UTC. */
export const rfc3339 = z.iso
  .datetime({ offset: true, local: true })
  .transform((text): Instant => Date.parse(/(z|[+-]\d{2}:?\d{2})$/i.test(text) ? text : `${text}Z`));

/** The years that RFC 3339 can write. */
const FIRST_INSTANT = Date.UTC(1970, 0, 1) - 62_167_219_200_000;
const LAST_INSTANT = Date.UTC(9999, 11, 31, 23, 59, 59);

/** Whole seconds since 1970, as milliseconds. Times outside the years of RFC 3339 become the first or last of them. */
export const unixSeconds = z
  .int()
  .transform((seconds): Instant => Math.min(LAST_INSTANT, Math.max(FIRST_INSTANT, seconds * 1000)));

export function toRfc3339(instant: Instant): string {
  return new Date(instant).toISOString();
}

/** Rounds down, so that a promotion never ends later at the provider than requested. */
export function toUnixSeconds(instant: Instant): number {
  return Math.floor(instant / 1000);
}

/** Applies `change` to a value. Undefined and null stay as they are. */
export function whenSet<Value, Result>(value: Value, change: (value: NonNullable<Value>) => Result) {
  return value === undefined || value === null ? value : change(value);
}

/** A field that an answer may omit. Null means the same: use it only where the provider gives null no other meaning. */
export function optional<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullish().transform((value) => value ?? undefined);
}

/** Why the gateway cannot express an answer: the problems of a ZodError or RangeError. Undefined for other errors, which are bugs. */
export function unreadableReason(error: unknown): string | undefined {
  if (error instanceof z.ZodError) {
    return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  }
  return error instanceof RangeError ? error.message : undefined;
}

/** Reads the entries of a list. Skips and counts entries that the gateway cannot express, so that they do not hide the others. */
export function readEach<Item>(
  entries: readonly unknown[],
  read: (entry: unknown) => Item,
): { items: Item[]; unreadable: number } {
  const items: Item[] = [];
  let unreadable = 0;
  for (const entry of entries) {
    try {
      items.push(read(entry));
    } catch (error) {
      if (unreadableReason(error) === undefined) throw error;
      unreadable += 1;
    }
  }
  return { items, unreadable };
}
