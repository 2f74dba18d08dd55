import { z } from 'zod';
import type { Instant } from '../../domain/promotion/promotion.ts';

export type JsonObject = z.infer<typeof jsonObject>;
export const jsonObject = z.record(z.string(), z.unknown());

/** An RFC 3339 instant, as milliseconds since 1970; finer fractions are cut. A time without a zone is read as UTC. */
export const rfc3339 = z.iso
  .datetime({ offset: true, local: true })
  .transform((text): Instant => Date.parse(/(z|[+-]\d{2}:?\d{2})$/i.test(text) ? text : `${text}Z`));

/** The years that RFC 3339 can write. */
const FIRST_INSTANT = Date.UTC(1970, 0, 1) - 62_167_219_200_000;
const LAST_INSTANT = Date.UTC(9999, 11, 31, 23, 59, 59);

/** Whole seconds since 1970, as milliseconds. What is beyond the years that can be written is as good as their end. */
export const unixSeconds = z
  .int()
  .transform((seconds): Instant => Math.min(LAST_INSTANT, Math.max(FIRST_INSTANT, seconds * 1000)));

export function toRfc3339(instant: Instant): string {
  return new Date(instant).toISOString();
}

/** Rounded down, so that a provider that counts whole seconds never allows longer than asked. */
export function toUnixSeconds(instant: Instant): number {
  return Math.floor(instant / 1000);
}

/** `change` of a value that is there; undefined and null stay what they are. */
export function whenSet<Value, Result>(value: Value, change: (value: NonNullable<Value>) => Result) {
  return value === undefined || value === null ? value : change(value);
}

/** A field that an answer may leave out. Null says no more than that, where the provider gives it no meaning of its own. */
export function optional<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullish().transform((value) => value ?? undefined);
}

/** Why an answer does not fit what we can express, or undefined for an error that is our own mistake. */
export function misfit(error: unknown): string | undefined {
  if (error instanceof z.ZodError) {
    return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  }
  return error instanceof RangeError ? error.message : undefined;
}

/**
 * Reads the entries of a list. One that cannot be expressed here is left out and counted, so that it does not hide the
 * others.
 */
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
      if (misfit(error) === undefined) throw error;
      unreadable += 1;
    }
  }
  return { items, unreadable };
}
