import { asAnswer } from '../../gateway/core/as-answer.ts';
import { createPromoCode } from '../../gateway/promotions/create-promo-code.ts';
import { updatePromoCode } from '../../gateway/promotions/update-promo-code.ts';
import { builder } from '../builder.ts';
import { OPERATOR } from '../federation/directives.ts';
import { acceptInput } from '../shared/input-error.ts';
import { toInstant, toInstantChange, toMetadata } from '../shared/inputs.ts';
import { toDiscount, toDuration } from '../shared/terms.ts';
import { CreatePromoCodeInput, UpdatePromoCodeInput } from './inputs.ts';
import { CreatePromoCodeResult, UpdatePromoCodeResult } from './results.ts';

builder.mutationFields((t) => ({
  createPromoCode: t.field({
    directives: { tag: OPERATOR },
    type: CreatePromoCodeResult,
    nullable: true,
    description: 'Makes a promo code at a provider.',
    args: { input: t.arg({ type: CreatePromoCodeInput, required: true, description: 'The promo code to make.' }) },
    resolve: async (_, { input }, { gateway, caller }) => {
      const writer = { caller, idempotencyKey: input.idempotencyKey ?? undefined };
      return acceptInput(
        await asAnswer('createPromoCode', () =>
          createPromoCode(gateway, writer, {
            provider: input.provider,
            account: input.account ?? undefined,
            code: input.code?.trim(),
            terms: input.discount ? { discount: toDiscount(input.discount) } : { couponId: input.couponId ?? '' },
            duration: toDuration(input.duration),
            maxRedemptions: input.maxRedemptions ?? undefined,
            perCustomerLimit: input.perCustomerLimit ?? undefined,
            startsAt: input.startsAt ? toInstant(input.startsAt) : undefined,
            expiresAt: input.expiresAt ? toInstant(input.expiresAt) : undefined,
            customerId: input.customerId ?? undefined,
            planId: input.planId ?? undefined,
            firstTransactionOnly: input.firstTransactionOnly || undefined,
            minimumOrder: input.minimumOrder ?? undefined,
            metadata: input.metadata ? toMetadata(input.metadata) : undefined,
            allowGatewayRules: input.allowGatewayRules ?? false,
          }),
        ),
      );
    },
  }),
  updatePromoCode: t.field({
    directives: { tag: OPERATOR },
    type: UpdatePromoCodeResult,
    nullable: true,
    description: 'Switches a promo code on or off, or changes its limits and dates.',
    args: { input: t.arg({ type: UpdatePromoCodeInput, required: true, description: 'What to change.' }) },
    resolve: async (_, { input }, { gateway, caller }) => {
      const writer = { caller, idempotencyKey: input.idempotencyKey ?? undefined };
      return acceptInput(
        await asAnswer('updatePromoCode', () =>
          updatePromoCode(gateway, writer, {
            id: input.id,
            active: input.active ?? undefined,
            maxRedemptions: input.maxRedemptions,
            perCustomerLimit: input.perCustomerLimit,
            startsAt: toInstantChange(input.startsAt),
            expiresAt: toInstantChange(input.expiresAt),
            allowGatewayRules: input.allowGatewayRules ?? false,
          }),
        ),
      );
    },
  }),
}));
