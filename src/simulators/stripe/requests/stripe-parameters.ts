import { isCurrency } from '../../../domain/money/currency.ts';
import type { StripeRefuse } from '../errors.ts';

/**
 * Reads the fields of a request as Stripe does: "5" is 5, and null and "" are absent. Absent fields read as null.
 * Methods throw a Refusal for an invalid value.
 */
export interface Parameters {
  /** Whether the field was sent, even empty. */
  has(name: string): boolean;
  /** Whether the field was sent empty, which clears it. */
  isCleared(name: string): boolean;
  /** Whether the field is not an object or a list. */
  isText(name: string): boolean;
  text(name: string): string | null;
  /** @throws {Refusal} if it is absent */
  requiredText(name: string): string;
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
  /** The objects of a list; none if it is absent. */
  nestedList(name: string): Parameters[];
  /** An object whose names are currencies, and its objects; none if it is absent. */
  byCurrency(name: string): [currency: string, fields: Parameters][];
  /** The name of a field in messages, such as "restrictions[minimum_amount]". */
  fullName(name: string): string;
}

/** Reads the fields in `data`. `prefix` is the name of the object that contains them. */
export function stripeParameters(data: Record<string, unknown>, refuse: StripeRefuse, prefix = ''): Parameters {
  const fullName = (name: string) => (prefix === '' ? name : `${prefix}[${name}]`);
  const invalid = (name: string, message: string, code?: string) => refuse(message, { param: fullName(name), code });

  function text(name: string): string | null {
    const value = data[name];
    if (value === undefined || value === null || value === '') return null;
    if (typeof value === 'object') throw invalid(name, `Invalid string: ${JSON.stringify(value)}`);
    return String(value);
  }

  function fields(name: string): Record<string, unknown> {
    const value = data[name];
    if (value === undefined || value === null || value === '') return {};
    if (typeof value !== 'object' || Array.isArray(value)) throw invalid(name, `Invalid object: ${String(value)}`);
    return { ...value };
  }

  function integer(name: string, { max }: { max?: number } = {}): number | null {
    const value = text(name);
    if (value === null) return null;
    if (!/^-?\d+$/.test(value) || !Number.isSafeInteger(Number(value))) {
      throw invalid(name, `Invalid integer: ${value}`, 'parameter_invalid_integer');
    }
    checkRange(name, Number(value), { min: 1, max, shown: value });
    return Number(value);
  }

  function checkRange(name: string, value: number, range: { min: number; max?: number; shown: string }): void {
    const { min, max, shown } = range;
    const bound = value < min ? `greater than or equal to ${min}` : `less than or equal to ${max}`;
    if (value < min || (max !== undefined && value > max)) {
      throw invalid(name, `This value must be ${bound} (it currently is '${shown}').`);
    }
  }

  function currency(name: string, value: string): string {
    if (!isCurrency(value.toUpperCase())) throw invalid(name, `Invalid currency: ${value}.`);
    return value.toLowerCase();
  }

  function list(name: string): unknown[] {
    const value = data[name] ?? [];
    if (value === '') return [];
    const items = typeof value === 'object' ? Object.entries(value) : undefined;
    if (!items?.every(([position]) => /^\d+$/.test(position))) throw invalid(name, 'Invalid array');
    return items.map(([, item]) => item);
  }

  return {
    has: (name) => data[name] !== undefined,
    isCleared: (name) => data[name] === '',
    isText: (name) => typeof data[name] !== 'object',
    text,
    requiredText(name) {
      const value = text(name);
      if (value === null) throw invalid(name, `Missing required param: ${fullName(name)}.`, 'parameter_missing');
      return value;
    },
    integer,
    decimal(name, range) {
      const value = text(name);
      if (value === null) return null;
      if (!/^-?\d+(\.\d+)?$/.test(value)) throw invalid(name, `Invalid decimal: ${value}`);
      checkRange(name, Number(value), { ...range, shown: value.includes('.') ? value : `${value}.0` });
      return Number(value);
    },
    boolean(name) {
      const value = text(name);
      if (value !== null && value !== 'true' && value !== 'false') throw invalid(name, `Invalid boolean: ${value}`);
      return value === null ? null : value === 'true';
    },
    currency(name) {
      const value = text(name);
      return value === null ? null : currency(name, value);
    },
    futureTime(name, now) {
      const time = integer(name);
      const fault = time === null ? undefined : faultOfTime(time, fullName(name), now);
      if (fault !== undefined) throw invalid(name, fault);
      return time;
    },
    textMap: (name) => Object.fromEntries(Object.entries(fields(name)).map(([key, value]) => [key, String(value)])),
    textList: (name) => list(name).map(String),
    nested: (name) => stripeParameters(fields(name), refuse, fullName(name)),
    nestedList: (name) =>
      list(name).map((item, position) => {
        const itemName = `${fullName(name)}[${position}]`;
        if (typeof item !== 'object' || item === null) throw refuse('Invalid object', { param: itemName });
        return stripeParameters({ ...item }, refuse, itemName);
      }),
    byCurrency(name) {
      const options = fields(name);
      const nested = stripeParameters(options, refuse, fullName(name));
      return Object.keys(options).map((key) => [currency(name, key), nested.nested(key)]);
    },
    fullName,
  };
}

function faultOfTime(time: number, name: string, now: number): string | undefined {
  if (time * 1000 <= now) {
    return (
      `The parameter \`${name}\` expects a unix timestamp representing a date and time in the future. ` +
      `You specified the value \`${time}\` which is in the past.`
    );
  }
  return time * 1000 > fiveYearsAfter(now)
    ? 'Invalid timestamp: can be no more than five years in the future.'
    : undefined;
}

function fiveYearsAfter(now: number): number {
  const date = new Date(now);
  return date.setUTCFullYear(date.getUTCFullYear() + 5);
}
