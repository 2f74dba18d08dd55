import { z } from 'zod';
import { textMap } from '../../domain/promotion/text-map.ts';
import { parseJson } from '../server/call.ts';
import { DECIMAL_TEXT } from './decimal.ts';
import type { Refuse } from './errors.ts';

// Fields as Go's JSON decoder reads them: null counts as absent, a wrong JSON type is an error, an unknown field is ignored.

/** Empty if absent. */
export const GoString = z
  .string()
  .nullish()
  .transform((text) => text ?? '');
/** A pointer to an integer: null if absent; "5" and 1.5 are errors. */
export const GoInteger = z
  .int()
  .nullish()
  .transform((integer) => integer ?? null);
export const GoStrings = z
  .array(z.string())
  .nullish()
  .transform((texts) => texts ?? []);
/** A decimal, as a string or a JSON number. */
export const GoDecimal = z
  .union([z.string(), z.number().transform(String)])
  .pipe(z.string().regex(DECIMAL_TEXT))
  .nullish()
  .transform((decimal) => decimal ?? null);
/** An RFC 3339 time with seconds and zone, as milliseconds. */
export const GoTime = z.iso
  .datetime({ offset: true })
  .transform((text) => Date.parse(text))
  .nullish()
  .transform((time) => time ?? null);
/** A map of strings. A null value becomes an empty string. */
export const GoTextMap = z
  .custom<Record<string, unknown>>((map) => typeof map === 'object' && map !== null && !Array.isArray(map))
  // z.record() would lose a key `__proto__`.
  .transform((map) => Object.fromEntries(Object.entries(map).map(([key, text]) => [key, text ?? ''])))
  .pipe(textMap)
  .nullish()
  .transform((map) => map ?? null);

/**
 * Parses the body of a call.
 * @throws {Refusal} 400 if it is not JSON, or does not match the schema
 */
export function goBody<Body>(text: string, schema: z.ZodType<Body>, refuse: Refuse): Body {
  const { success, data } = schema.safeParse(parseJson(text) ?? (text.trim() === 'null' ? {} : undefined));
  if (!success) throw refuse('validation_error', 'Invalid request format');
  return data;
}

/** Formats a time in milliseconds as Go does: UTC, the fraction without trailing zeros. */
export function goTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.?0+Z$/, 'Z');
}
