import type { Instant, Metadata } from '../../domain/promotion/promotion.ts';
import { textMap } from '../../domain/promotion/text-map.ts';

/** Functions that convert the values of some fields of an input. */
type Converters<Input> = { [Key in keyof Input]?: (value: NonNullable<Input[Key]>) => unknown };

/** An input without its nulls, with converted values. */
type Compact<Input, Convert> = {
  [Key in keyof Input]: Key extends keyof Convert
    ? Convert[Key] extends (value: never) => infer Value
      ? Value | Extract<Input[Key], undefined>
      : never
    : Exclude<Input[Key], null>;
};

/**
 * Prepares a validated input for the gateway: removes nulls, because null and absent mean the same, and converts
 * values. plugin-zod validates an input but passes it on as it was sent.
 */
export function compact<Input extends object, Convert extends Converters<Input> = Record<never, never>>(
  input: Input | null | undefined,
  converters?: Convert,
): Compact<Input, Convert>;
export function compact(
  input: object | null | undefined,
  converters: Record<string, (value: unknown) => unknown> = {},
) {
  const given = Object.entries(input ?? {}).filter(([, value]) => isGiven(value));
  return Object.fromEntries(given.map(([name, value]) => [name, (converters[name] ?? itself)(value)]));
}

function itself(value: unknown): unknown {
  return value;
}

export function isGiven<Value>(value: Value | null | undefined): value is Value {
  return value !== null && value !== undefined;
}

export function toInstant(text: string): Instant {
  return Date.parse(text);
}

/** A change of an instant: null clears it, and an absent one leaves it as it is. */
export function toInstantChange(text: string | null | undefined): Instant | null | undefined {
  return isGiven(text) ? toInstant(text) : text;
}

export function toMetadata(metadata: Record<string, unknown>): Metadata {
  // A literal has no prototype, which a comparison of objects would report as a difference.
  return textMap.parse(Object.fromEntries(Object.entries(metadata)));
}

/** A change of the metadata: null clears it, and absent metadata leaves it as it is. */
export function toMetadataChange(metadata: Record<string, unknown> | null | undefined): Metadata | null | undefined {
  return isGiven(metadata) ? toMetadata(metadata) : metadata;
}

/** Whether one instant is before another. True also if one is absent, or invalid: other checks report that. */
export function isBefore(earlier: string | null | undefined, later: string | null | undefined): boolean {
  return !earlier || !later || Number.isNaN(Date.parse(earlier)) || !(toInstant(later) <= toInstant(earlier));
}
