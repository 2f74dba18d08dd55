import { z } from 'zod';
import type { RedemptionRow } from '../tables.ts';

/** What a refused application gives back to the order's own hold, beside its end. */
const columns = z.object({
  customer_id: z.string().nullable(),
  order_minor: z.number().nullable(),
  order_currency: z.string().nullable(),
  discount_minor: z.number().nullable(),
  discount_currency: z.string().nullable(),
  taken_sequence: z.number().nullable().optional(),
});

/** A hold as it is kept while an application has taken it over. */
export function holdText(row: RedemptionRow): string {
  return JSON.stringify(columns.parse(row));
}

/** The columns of such a hold; none where an earlier version kept none. */
export function holdColumns(text: string | null): Partial<z.infer<typeof columns>> {
  return text === null ? {} : columns.parse(JSON.parse(text));
}
