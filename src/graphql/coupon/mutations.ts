import { asAnswer } from '../../gateway/core/as-answer.ts';
import { archiveCoupon } from '../../gateway/promotions/archive-coupon.ts';
import { createCoupon } from '../../gateway/promotions/create-coupon.ts';
import { updateCoupon } from '../../gateway/promotions/update-coupon.ts';
import { builder } from '../builder.ts';
import { OPERATOR } from '../federation/directives.ts';
import { toOptions, withOptions } from '../promotion/amount-options.ts';
import { toDiscount, toDuration } from '../promotion/terms.ts';
import { acceptInput } from '../shared/input-error.ts';
import { compact, toInstant, toMetadata, toMetadataChange } from '../shared/input-values.ts';
import { ArchiveCouponInput, CreateCouponInput, UpdateCouponInput } from './inputs.ts';
import { ArchiveCouponResult, CreateCouponResult, UpdateCouponResult } from './results.ts';

builder.mutationFields((t) => ({
  createCoupon: t.field({
    directives: { tag: OPERATOR },
    type: CreateCouponResult,
    nullable: true,
    description: 'Creates a coupon at a provider.',
    args: { input: t.arg({ type: CreateCouponInput, required: true, description: 'The new coupon.' }) },
    resolve: async (_, { input }, { gateway, caller, redeemer: { requestId } }) => {
      const {
        idempotencyKey,
        allowGatewayRules = false,
        discount,
        currencyOptions,
        ...terms
      } = compact(input, {
        name: (name: string) => name.trim(),
        discount: toDiscount,
        currencyOptions: toOptions,
        duration: toDuration,
        startsAt: toInstant,
        expiresAt: toInstant,
        metadata: toMetadata,
      });
      const request = { ...terms, discount: withOptions(discount, currencyOptions), allowGatewayRules };
      return acceptInput(
        await asAnswer('createCoupon', () => createCoupon(gateway, { caller, idempotencyKey, requestId }, request)),
      );
    },
  }),
  updateCoupon: t.field({
    directives: { tag: OPERATOR },
    type: UpdateCouponResult,
    nullable: true,
    description: 'Renames a coupon or replaces its metadata.',
    args: { input: t.arg({ type: UpdateCouponInput, required: true, description: 'The changes.' }) },
    resolve: async (_, { input }, { gateway, caller, redeemer: { requestId } }) => {
      const { id, idempotencyKey, name } = compact(input);
      const request = { id, name: name?.trim(), metadata: toMetadataChange(input.metadata) };
      return acceptInput(
        await asAnswer('updateCoupon', () => updateCoupon(gateway, { caller, idempotencyKey, requestId }, request)),
      );
    },
  }),
  archiveCoupon: t.field({
    directives: { tag: OPERATOR },
    type: ArchiveCouponResult,
    nullable: true,
    description: 'Archives a coupon for good, if its provider can.',
    args: { input: t.arg({ type: ArchiveCouponInput, required: true, description: 'The coupon.' }) },
    resolve: async (_, { input }, { gateway, caller, redeemer: { requestId } }) => {
      const { id, idempotencyKey } = compact(input);
      return acceptInput(
        await asAnswer('archiveCoupon', () => archiveCoupon(gateway, { caller, idempotencyKey, requestId }, { id })),
      );
    },
  }),
}));
