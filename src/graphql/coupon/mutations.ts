import { asAnswer } from '../../gateway/core/as-answer.ts';
import { archiveCoupon } from '../../gateway/promotions/archive-coupon.ts';
import { createCoupon } from '../../gateway/promotions/create-coupon.ts';
import { updateCoupon } from '../../gateway/promotions/update-coupon.ts';
import { builder } from '../builder.ts';
import { OPERATOR } from '../federation/directives.ts';
import { GATEWAY_ID } from '../input-limits/limits.ts';
import { ProviderEnum } from '../provider/type.ts';
import { acceptInput } from '../shared/input-error.ts';
import {
  instantText,
  isBefore,
  keyField,
  metadataObject,
  plainText,
  positiveCount,
  toInstant,
  toMetadata,
} from '../shared/inputs.ts';
import { ArchiveCouponResult, CreateCouponResult, UpdateCouponResult } from '../shared/result-unions.ts';
import { DiscountInput, DurationInput, toDiscount, toDuration } from '../shared/terms.ts';

const CreateCouponInput = builder.inputType('CreateCouponInput', {
  description: 'The coupon to make.',
  fields: (t) => ({
    provider: t.field({ type: ProviderEnum, required: true, description: 'The provider that is to have it.' }),
    account: t.id({ description: "The provider account. Absent: the provider's first." }),
    name: t.string({ required: true, description: 'What you call it.', validate: { schema: plainText } }),
    discount: t.field({ type: DiscountInput, required: true, description: 'What it takes off.' }),
    duration: t.field({ type: DurationInput, description: 'For how long a subscription gets it. Absent: ONCE.' }),
    maxRedemptions: t.field({
      type: 'SafeInt',
      description: 'How often it can be used in all. Absent: no limit.',
      validate: { schema: positiveCount },
    }),
    startsAt: t.field({
      type: 'DateTime',
      description: 'The first instant at which it can be used. Absent: at once.',
      validate: { schema: instantText },
    }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'From this instant on it cannot be used. Absent: never.',
      validate: { schema: instantText },
    }),
    metadata: t.field({
      type: 'JSONObject',
      description: 'Notes with string values.',
      validate: { schema: metadataObject },
    }),
    allowGatewayRules: t.boolean({
      description:
        'True: a rule that the provider cannot carry is enforced by the gateway. Else it is refused as unsupported.',
    }),
    idempotencyKey: t.string(keyField),
  }),
  validate: [
    ({ startsAt, expiresAt }) => isBefore(startsAt, expiresAt),
    { message: 'must be after startsAt', path: ['expiresAt'] },
  ],
});

const UpdateCouponInput = builder.inputType('UpdateCouponInput', {
  description: 'What to change on a coupon. An absent field stays as it is.',
  fields: (t) => ({
    id: t.id({ ...GATEWAY_ID, required: true, description: 'The coupon.' }),
    name: t.string({ description: 'What you call it from now on.', validate: { schema: plainText } }),
    metadata: t.field({
      type: 'JSONObject',
      description: 'Replaces the notes; null clears them.',
      validate: { schema: metadataObject },
    }),
    idempotencyKey: t.string(keyField),
  }),
});

const ArchiveCouponInput = builder.inputType('ArchiveCouponInput', {
  description: 'The coupon to take out of use.',
  fields: (t) => ({
    id: t.id({ ...GATEWAY_ID, required: true, description: 'The coupon.' }),
    idempotencyKey: t.string(keyField),
  }),
});

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
