import { isCurrency } from '../../domain/money/currency.ts';
import type { StripeRefuse } from './errors.ts';

/**
 * Reads the fields of a request as Stripe does. ChatDash forwards them to Stripe as a form, so "5" is 5, and null and "" are
 * absent. Absent fields read as null. Methods throw a Refusal for an invalid value.
 */
export interface Parameters {
  text(name: string): string | null;
  /** At least 1, and at most `max`. */
  integer(name: string, range?: { max?: number }): number | null;
  decimal(name: string, range: { min: number; max: number }): number | null;
  boolean(name: string): boolean | null;
  /** In lower case. */
  currency(name: string): string | null;
  /** Unix seconds: after `now` (milliseconds) and at most five years ahead. */
  futureTime(name: string, now: number): number | null;
  textMap(name: string): Record<string, string>;
  textList(name: string): string[];
  /** The fields of a nested object; no fields if it is absent. */
  nested(name: string): Parameters;
}

/** Reads the fields in `data`. */
export function stripeParameters(data: Record<string, unknown>, refuse: StripeRefuse): Parameters {
  function text(name: string): string | null {
    const value = data[name];
    if (value === undefined || value === null || value === '') return null;
    if (typeof value === 'object') throw refuse(`Invalid string: ${JSON.stringify(value)}`);
    return String(value);
  }

  function fields(name: string): Record<string, unknown> {
    const value = data[name] ?? {};
    if (typeof value !== 'object' || Array.isArray(value)) throw refuse(`Invalid object: ${String(value)}`);
    return { ...value };
  }

  function integer(name: string, { max }: { max?: number } = {}): number | null {
    const value = text(name);
    if (value === null) return null;
    if (!/^-?\d+$/.test(value) || !Number.isSafeInteger(Number(value))) throw refuse(`Invalid integer: ${value}`);
    checkRange(Number(value), { min: 1, max, shown: value }, refuse);
    return Number(value);
  }

  return {
    text,
    integer,
    decimal(name, range) {
      const value = text(name);
      if (value === null) return null;
      if (!/^-?\d+(\.\d+)?$/.test(value)) throw refuse(`Invalid decimal: ${value}`);
      checkRange(Number(value), { ...range, shown: value.includes('.') ? value : `${value}.0` }, refuse);
      return Number(value);
    },
    boolean(name) {
      const value = text(name);
      if (value !== null && value !== 'true' && value !== 'false') throw refuse(`Invalid boolean: ${value}`);
      return value === null ? null : value === 'true';
    },
    currency(name) {
      const value = text(name);
      if (value !== null && !isCurrency(value.toUpperCase())) throw refuse(`Invalid currency: ${value}.`);
      return value?.toLowerCase() ?? null;
    },
    futureTime(name, now) {
      const time = integer(name);
      if (time !== null) checkFuture(time, { name, now, refuse });
      return time;
    },
    textMap: (name) => Object.fromEntries(Object.entries(fields(name)).map(([key, value]) => [key, String(value)])),
    textList(name) {
      const value = data[name] ?? [];
      if (!Array.isArray(value)) throw refuse('Invalid array');
      return value.map(String);
    },
    nested: (name) => stripeParameters(fields(name), refuse),
  };
}

function checkRange(
  value: number,
  { min, max, shown }: { min: number; max?: number; shown: string },
  refuse: StripeRefuse,
): void {
  if (value < min) throw refuse(`This value must be greater than or equal to ${min} (it currently is '${shown}').`);
  if (max !== undefined && value > max) {
    throw refuse(`This value must be less than or equal to ${max} (it currently is '${shown}').`);
  }
}

function checkFuture(time: number, { name, now, refuse }: { name: string; now: number; refuse: StripeRefuse }): void {
  if (time * 1000 <= now) {
    throw refuse(
      `The parameter \`${name}\` expects a unix timestamp representing a date and time in the future. ` +
        `You specified the value \`${time}\` which is in the past.`,
    );
  }
  if (time * 1000 > fiveYearsAfter(now)) {
    throw refuse('Invalid timestamp: can be no more than five years in the future.');
  }
}

function fiveYearsAfter(now: number): number {
  const date = new Date(now);
  return date.setUTCFullYear(date.getUTCFullYear() + 5);
}
