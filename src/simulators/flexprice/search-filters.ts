import { z } from 'zod';
import { CouponDocument, OWNER, USER } from './coupon.ts';
import type { Refuse } from './errors.ts';
import { GoString, GoStrings, GoTime } from './go-json.ts';
import type { FlexpriceSwitches } from './switches.ts';

const OPERATORS = ['eq', 'contains', 'not_contains', 'gt', 'lt', 'gte', 'in', 'not_in', 'before', 'after'];
const DATA_TYPES = ['string', 'number', 'date', 'array'];

export const Filter = z.object({
  field: GoString,
  operator: GoString,
  data_type: GoString,
  value: z
    .object({
      string: z.string().nullish(),
      number: z.number().nullish(),
      date: GoTime,
      array: GoStrings,
    })
    .nullish(),
});
export type Filter = z.infer<typeof Filter>;

type Operand = string | number | string[];

/** @throws {Refusal} 400; for a field that is not a column 400 or 500, depending on `ambiguousStatus` */
export function checkFilter(
  { field, operator, data_type, value }: Filter,
  refuse: Refuse,
  switches: FlexpriceSwitches,
) {
  const operand = operandOf(value);
  if (field === '' || !OPERATORS.includes(operator) || !DATA_TYPES.includes(data_type) || operand === undefined) {
    throw refuse('validation_error', undefined, { filters: 'field, operator, data_type and value are required' });
  }
  checkColumn(field, refuse, switches);
}

/** Checks that a field is a column. @throws {Refusal} 400 or 500, depending on `ambiguousStatus` */
export function checkColumn(field: string, refuse: Refuse, { ambiguousStatus }: FlexpriceSwitches): void {
  if (field in CouponDocument.shape || field in OWNER || field === 'created_by' || field === 'updated_by') return;
  throw refuse(ambiguousStatus === 500 ? 'database_error' : 'validation_error');
}

/** Whether a coupon matches a filter. As in SQL, a column without a value matches nothing. */
export function matchesFilter(coupon: CouponDocument, { field, operator, data_type, value }: Filter): boolean {
  // Flexprice declares this operator but does not implement it: it matches everything.
  if (operator === 'gte') return true;
  const column = columnValue(coupon, field);
  const operand = operandOf(value);
  if (column === null || operand === undefined) return false;
  if (Array.isArray(operand)) return isAmong(String(column), operator, operand);
  return compares(data_type === 'string' ? String(column) : Number(column), operator, operand);
}

/** The value of a column, for filters and sorting. */
export function columnValue(coupon: CouponDocument, field: string): string | number | null {
  const columns: Record<string, unknown> = { ...coupon, ...OWNER, created_by: USER, updated_by: USER };
  const value = columns[field] ?? null;
  return typeof value === 'string' || typeof value === 'number' || value === null ? value : JSON.stringify(value);
}

function isAmong(column: string, operator: string, operand: string[]): boolean {
  return operator === 'in' ? operand.includes(column) : operator === 'not_in' && !operand.includes(column);
}

function compares(column: string | number, operator: string, operand: string | number): boolean {
  const contained = () => String(column).toLowerCase().includes(String(operand).toLowerCase());
  switch (operator) {
    case 'eq':
      return column === operand;
    case 'contains':
      return contained();
    case 'not_contains':
      return !contained();
    case 'gt':
    case 'after':
      return column > operand;
    case 'lt':
    case 'before':
      return column < operand;
    default:
      return false;
  }
}

function operandOf(value: Filter['value']): Operand | undefined {
  if (value === null || value === undefined) return undefined;
  return value.string ?? value.number ?? value.date ?? (value.array.length > 0 ? value.array : undefined);
}
