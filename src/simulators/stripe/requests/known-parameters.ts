import type { StripeRefuse } from '../errors.ts';
import type { FormFields } from './form.ts';

/** The parameters that a call accepts: `ANY` value, or the names of an object. The name "*" stands for any name. */
export type KnownParameters = typeof ANY | { readonly [name: string]: KnownParameters };

/** A text, a list or an object with any content. */
export const ANY = Symbol('any value');

/** @throws {Refusal} for the first parameter that the call does not accept */
export function refuseUnknown(form: FormFields, known: KnownParameters, refuse: StripeRefuse): void {
  const unknown = firstUnknown(form, known);
  if (unknown === undefined) return;
  throw refuse(`Received unknown parameter: ${unknown}`, { code: 'parameter_unknown', param: unknown });
}

function firstUnknown(fields: FormFields, known: KnownParameters, prefix = ''): string | undefined {
  if (known === ANY) return undefined;
  for (const [name, value] of Object.entries(fields)) {
    const fullName = prefix === '' ? name : `${prefix}[${name}]`;
    const inner = Object.hasOwn(known, name) ? known[name] : known['*'];
    if (inner === undefined) return fullName;
    const unknown = typeof value === 'object' ? firstUnknown(value, inner, fullName) : undefined;
    if (unknown !== undefined) return unknown;
  }
  return undefined;
}
