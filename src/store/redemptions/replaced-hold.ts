import { z } from 'zod';
import type { RedemptionRow } from '../tables.ts';

/**
 * The columns of an order's hold that a refused application to a subscription restores, besides the end of the hold.
 */
const columns = z.object({
  customer_id: z.string().nullable(),
  order_minor: z.number().nullable(),
  order_currency: z.string().nullable(),
  discount_minor: z.number().nullable(),
  discount_currency: z.string().nullable(),
  taken_sequence: z.number().nullable().optional(),
});

/** The JSON in which a hold is stored while an application to a subscription replaces it. */
export function replacedHoldText(row: RedemptionRow): string {
  return JSON.stringify(columns.parse(row));
}

/** The columns in that JSON; none if an earlier version of the gateway stored no JSON. */
export function replacedHoldColumns(text: string | null): Partial<z.infer<typeof columns>> {
  return text === null ? {} : columns.parse(JSON.parse(text));
}
