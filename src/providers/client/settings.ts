import { z } from 'zod';
import type { Env } from '../definition.ts';

/** A provider's key: it goes into a header, so a line break in it would break every call. */
export const apiKey = z.string().regex(/^[\x21-\x7e]+$/, 'must be the key alone, without blanks');

/** An address before the paths of an API, without a slash at its end. */
export const baseUrl = z
  .string()
  .refine(isBaseUrl, 'must be an http or https address such as https://api.example.com, without a query or password')
  .transform((address) => address.replace(/\/+$/, ''));

/**
 * Reads a provider's variables by `variables`, or gives undefined while the one named `key` is not set. A variable that
 * is empty or blank counts as not set.
 */
export function settingsOf<Settings>(
  key: string,
  variables: z.ZodType<Settings, Record<string, string>>,
): z.ZodType<Settings | undefined, Env> {
  return z.record(z.string(), z.string().optional()).transform((environment, context) => {
    const set = variablesSet(environment);
    if (set[key] === undefined) return undefined;
    const parsed = variables.safeParse(set);
    if (parsed.success) return parsed.data;
    for (const { path, message } of parsed.error.issues) context.addIssue({ code: 'custom', path: [...path], message });
    return z.NEVER;
  });
}

function variablesSet(environment: Env): Record<string, string> {
  const trimmed = Object.entries(environment).map(([name, value]): [string, string] => [name, value?.trim() ?? '']);
  return Object.fromEntries(trimmed.filter(([, value]) => value !== ''));
}

function isBaseUrl(address: string): boolean {
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol)) return false;
  return !/[?#]/.test(address) && url.username === '' && url.password === '';
}
