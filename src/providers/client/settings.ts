import { z } from 'zod';
import type { Env } from '../definition.ts';

/** A provider's API key. It is sent in a header, so a line break in it would break every call. */
export const apiKey = z.string().regex(/^[\x21-\x7e]+$/, 'must be the bare key, without spaces');

/** The base URL of an API, without a slash at its end. */
export const baseUrl = z
  .string()
  .refine(isBaseUrl, 'must be an http or https address such as https://api.example.com, without a query or password')
  .transform((address) => address.replace(/\/+$/, ''));

/**
 * A schema that parses a provider's variables. The result is undefined while the variable `requiredVariable` is not set. An
 * empty or blank variable counts as not set.
 */
export function settingsOf<Settings>(
  requiredVariable: string,
  variables: z.ZodType<Settings, Record<string, string>>,
): z.ZodType<Settings | undefined, Env> {
  return z.record(z.string(), z.string().optional()).transform((env, context) => {
    const set = setVariables(env);
    if (set[requiredVariable] === undefined) return undefined;
    const parsed = variables.safeParse(set);
    if (parsed.success) return parsed.data;
    for (const { path, message } of parsed.error.issues) context.addIssue({ code: 'custom', path: [...path], message });
    return z.NEVER;
  });
}

function setVariables(env: Env): Record<string, string> {
  const trimmed = Object.entries(env).map(([name, value]): [string, string] => [name, value?.trim() ?? '']);
  return Object.fromEntries(trimmed.filter(([, value]) => value !== ''));
}

function isBaseUrl(address: string): boolean {
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol)) return false;
  return !/[?#]/.test(address) && url.username === '' && url.password === '';
}
