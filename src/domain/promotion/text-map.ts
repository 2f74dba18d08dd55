import { z } from 'zod';

/** An object with string values, unchanged. `z.record` would drop a key `__proto__`. */
export const textMap = z.custom<Record<string, string>>(isTextMap, 'must be an object of strings');

function isTextMap(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((text) => typeof text === 'string');
}
