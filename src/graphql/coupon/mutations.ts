import { asAnswer } from '../../gateway/core/as-answer.ts';
import { archiveCoupon } from '../../gateway/promotions/archive-coupon.ts';
import { createCoupon } from '../../gateway/promotions/create-coupon.ts';
import { updateCoupon } from '../../gateway/promotions/update-coupon.ts';
import { builder } from '../builder.ts';
import { OPERATOR } from '../federation/directives.ts';
import { acceptInput } from '../shared/input-error.ts';
import { toInstant, toMetadata } from '../shared/inputs.ts';
import { toDiscount, toDuration } from '../shared/terms.ts';
import { ArchiveCouponInput, CreateCouponInput, UpdateCouponInput } from './inputs.ts';
import { ArchiveCouponResult, CreateCouponResult, UpdateCouponResult } from './results.ts';

builder.mutationFields((t) => ({
  createCoupon: t.field({
    directives: { tag: OPERATOR },
    type: CreateCouponResult,
    nullable: true,
    description: 'Makes a coupon at a provider.',
    args: { input: t.arg({ type: CreateCouponInput, required: true, description: 'The coupon to make.' }) },
    resolve: async (_, { input }, { gateway, caller }) => {
      const writer = { caller, idempotencyKey: input.idempotencyKey ?? undefined };
      return acceptInput(
        await asAnswer('createCoupon', () =>
          createCoupon(gateway, writer, {
            provider: input.provider,
            account: input.account ?? undefined,
            name: input.name.trim(),
            discount: toDiscount(input.discount),
            duration: toDuration(input.duration),
            maxRedemptions: input.maxRedemptions ?? undefined,
            startsAt: input.startsAt ? toInstant(input.startsAt) : undefined,
            expiresAt: input.expiresAt ? toInstant(input.expiresAt) : undefined,
            metadata: input.metadata ? toMetadata(input.metadata) : undefined,
            allowGatewayRules: input.allowGatewayRules ?? false,
          }),
        ),
      );
    },
  }),
  updateCoupon: t.field({
    directives: { tag: OPERATOR },
    type: UpdateCouponResult,
    nullable: true,
    description: 'Renames a coupon, or replaces its notes.',
    args: { input: t.arg({ type: UpdateCouponInput, required: true, description: 'What to change.' }) },
    resolve: async (_, { input: { id, name, metadata, idempotencyKey } }, { gateway, caller }) =>
      acceptInput(
        await asAnswer('updateCoupon', () =>
          updateCoupon(
            gateway,
            { caller, idempotencyKey: idempotencyKey ?? undefined },
            { id, name: name?.trim(), metadata: metadata ? toMetadata(metadata) : metadata },
          ),
        ),
      ),
  }),
  archiveCoupon: t.field({
    directives: { tag: OPERATOR },
    type: ArchiveCouponResult,
    nullable: true,
    description: 'Takes a coupon out of use for good, where its provider can.',
    args: { input: t.arg({ type: ArchiveCouponInput, required: true, description: 'The coupon.' }) },
    resolve: async (_, { input: { id, idempotencyKey } }, { gateway, caller }) =>
      acceptInput(
        await asAnswer('archiveCoupon', () =>
          archiveCoupon(gateway, { caller, idempotencyKey: idempotencyKey ?? undefined }, { id }),
        ),
      ),
  }),
}));
