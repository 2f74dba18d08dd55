import { LONGEST_CODE_INPUT } from '../../domain/codes/code.ts';
import { METADATA_LIMITS } from '../../domain/promotion/metadata-bounds.ts';
import type { ObjectLimits } from './check.ts';

/** The options of an input field or argument for which the default size of its type does not fit. */
export interface SizeOptions {
  /** The longest text that it takes, in UTF-16 units as sent. */
  maxLength?: number;
  /** The longest list that it takes. */
  maxEntries?: number;
}

/** An id of the gateway. It contains a provider's account and id, encoded: about 700 ASCII characters of them. */
export const GATEWAY_ID: SizeOptions = { maxLength: 1000 };

/** A code as it was typed. Invisible characters do not count towards the 500 characters of a code. */
export const CODE: SizeOptions = { maxLength: LONGEST_CODE_INPUT };

/** Look-ups of several objects by their ids. */
export const MAX_OBJECTS = 1000;

/** Filters: each combination of their entries is an index scan of its own. */
export const MAX_FILTER_ENTRIES = 30;

/** The longest text of each scalar whose values are texts. */
export const TEXT_LENGTHS: Readonly<Record<string, number>> = {
  ID: 255,
  String: 255,
  DateTime: 64,
  Decimal: 64,
  CurrencyCode: 64,
};

export const OBJECT_LIMITS: Readonly<Record<string, ObjectLimits>> = {
  JSONObject: { keys: METADATA_LIMITS.keys, key: METADATA_LIMITS.key, text: METADATA_LIMITS.value },
  _Any: { keys: 20, key: 100, text: 1000 },
};

/** Scalars whose values are as large as a number. */
export const SMALL_SCALARS: ReadonlySet<string> = new Set(['Int', 'Float', 'Boolean', 'SafeInt']);
