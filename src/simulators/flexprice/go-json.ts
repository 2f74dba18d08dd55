import { z } from 'zod';
import { textMap } from '../../domain/promotion/text-map.ts';
import { parseJson } from '../server/call.ts';
import { DECIMAL_TEXT } from './decimal.ts';
import type { Refuse } from './errors.ts';

// What Go's JSON decoder takes: null is as good as absent, a wrong JSON type is an error, an unknown field is ignored.

/** Absent: empty. */
export const GoString = z
  .string()
  .nullish()
  .transform((text) => text ?? '');
/** A pointer to an integer: null where absent; "5" and 1.5 are errors. */
export const GoInteger = z
  .int()
  .nullish()
  .transform((integer) => integer ?? null);
export const GoStrings = z
  .array(z.string())
  .nullish()
  .transform((texts) => texts ?? []);
/** A decimal, sent as text or as a JSON number. */
export const GoDecimal = z
  .union([z.string(), z.number().transform(String)])
  .pipe(z.string().regex(DECIMAL_TEXT))
  .nullish()
  .transform((decimal) => decimal ?? null);
/** RFC 3339 in full (seconds and zone), as milliseconds. */
export const GoTime = z.iso
  .datetime({ offset: true })
  .transform((text) => Date.parse(text))
  .nullish()
  .transform((time) => time ?? null);
/** A map of texts; a null in it becomes an empty text. */
export const GoTextMap = z
  .custom<Record<string, unknown>>((map) => typeof map === 'object' && map !== null && !Array.isArray(map))
  // z.record() would lose a key `__proto__`.
  .transform((map) => Object.fromEntries(Object.entries(map).map(([key, text]) => [key, text ?? ''])))
  .pipe(textMap)
  .nullish()
  .transform((map) => map ?? null);

/**
 * The body of a call.
 * @throws Refusal 400 for no JSON, and for JSON of other types than the schema's
 */
export function goBody<Body>(text: string, schema: z.ZodType<Body>, refuse: Refuse): Body {
  const { success, data } = schema.safeParse(parseJson(text) ?? (text.trim() === 'null' ? {} : undefined));
  if (!success) throw refuse('validation_error', 'Invalid request format');
  return data;
}

/** A time in milliseconds as Go writes it: UTC, the fraction without trailing zeros. */
export function goTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.?0+Z$/, 'Z');
}
