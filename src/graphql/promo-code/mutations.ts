import { asAnswer } from '../../gateway/core/as-answer.ts';
import { createPromoCode } from '../../gateway/promotions/create-promo-code.ts';
import { updatePromoCode } from '../../gateway/promotions/update-promo-code.ts';
import { builder } from '../builder.ts';
import { OPERATOR } from '../federation/directives.ts';
import { toOptions, withOptions } from '../promotion/amount-options.ts';
import { toDiscount, toDuration } from '../promotion/terms.ts';
import { acceptInput } from '../shared/input-error.ts';
import { compact, toInstant, toInstantChange, toMetadata, toMetadataChange } from '../shared/input-values.ts';
import { CreatePromoCodeInput, UpdatePromoCodeInput } from './inputs.ts';
import { CreatePromoCodeResult, UpdatePromoCodeResult } from './results.ts';

builder.mutationFields((t) => ({
  createPromoCode: t.field({
    directives: { tag: OPERATOR },
    type: CreatePromoCodeResult,
    nullable: true,
    description: 'Creates a promo code at a provider.',
    args: { input: t.arg({ type: CreatePromoCodeInput, required: true, description: 'The new promo code.' }) },
    resolve: async (_, { input }, { gateway, caller, redeemer: { requestId } }) => {
      const {
        idempotencyKey,
        discount,
        currencyOptions,
        couponId = '',
        allowGatewayRules = false,
        ...rest
      } = compact(input, {
        code: (code: string) => code.trim(),
        discount: toDiscount,
        currencyOptions: toOptions,
        minimumOrderOptions: toOptions,
        duration: toDuration,
        startsAt: toInstant,
        expiresAt: toInstant,
        // False means the same as an absent value.
        firstTransactionOnly: (isFirstOnly: boolean) => isFirstOnly || undefined,
        metadata: toMetadata,
      });
      const terms = discount ? { discount: withOptions(discount, currencyOptions) } : { couponId };
      const request = { ...rest, terms, allowGatewayRules };
      return acceptInput(
        await asAnswer('createPromoCode', () =>
          createPromoCode(gateway, { caller, idempotencyKey, requestId }, request),
        ),
      );
    },
  }),
  updatePromoCode: t.field({
    directives: { tag: OPERATOR },
    type: UpdatePromoCodeResult,
    nullable: true,
    description: 'Switches a promo code on or off, or changes its limits, dates and metadata.',
    args: { input: t.arg({ type: UpdatePromoCodeInput, required: true, description: 'The changes.' }) },
    resolve: async (_, { input }, { gateway, caller, redeemer: { requestId } }) => {
      const { id, active, allowGatewayRules = false, idempotencyKey } = compact(input);
      // Null clears a limit, a date or the metadata.
      const { maxRedemptions, perCustomerLimit } = input;
      const metadata = toMetadataChange(input.metadata);
      const [startsAt, expiresAt] = [toInstantChange(input.startsAt), toInstantChange(input.expiresAt)];
      const request = {
        id,
        active,
        maxRedemptions,
        perCustomerLimit,
        startsAt,
        expiresAt,
        metadata,
        allowGatewayRules,
      };
      return acceptInput(
        await asAnswer('updatePromoCode', () =>
          updatePromoCode(gateway, { caller, idempotencyKey, requestId }, request),
        ),
      );
    },
  }),
}));
