import { z } from 'zod';

const Instant = z.iso
  .datetime({ offset: true, error: 'must be a date-time such as 2026-12-31T23:59:59Z' })
  .transform((text) => new Date(text).toISOString());
const Count = z.int('must be a positive integer').positive('must be a positive integer');

const createFields = {
  code: z.string('must be a string').min(1, 'must not be empty'),
  discountType: z.enum(['percentage', 'fixed'], 'must be percentage or fixed'),
  discountValue: Count,
  planId: z.string('must be a string').optional(),
  duration: z.enum(['once', 'forever', 'repeating'], 'must be once, forever or repeating').default('once'),
  durationCycles: Count.optional(),
  maxRedemptions: Count.optional(),
  expiresAt: Instant.optional(),
};

const updateFields = {
  active: z.boolean('must be a boolean').optional(),
  maxRedemptions: Count.nullable().optional(),
  expiresAt: Instant.nullable().optional(),
};

function isPercentagePossible({ discountType, discountValue }: { discountType: string; discountValue: number }) {
  return discountType !== 'percentage' || discountValue <= 100;
}
const percentageRule = { path: ['discountValue'], error: 'must be at most 100 for a percentage' };

/** The bodies of create and update for a Duro that ignores unknown fields. */
export const lenientBodies = {
  create: z.object(createFields).refine(isPercentagePossible, percentageRule),
  update: z.object(updateFields),
};

/** The bodies of create and update for a Duro that refuses unknown fields. */
export const strictBodies = {
  create: z.strictObject(createFields).refine(isPercentagePossible, percentageRule),
  update: z.strictObject(updateFields),
};

export type CreateBody = z.infer<typeof lenientBodies.create>;
export type UpdateBody = z.infer<typeof lenientBodies.update>;
