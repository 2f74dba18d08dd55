import type { Forgotten } from '../../gateway/attempts/forget-failed-attempts.ts';
import type { CouponChanged } from '../../gateway/promotions/create-coupon.ts';
import type { PromoCodeChanged } from '../../gateway/promotions/create-promo-code.ts';
import type { Taken } from '../../store/redemptions/ledger.ts';
import { builder } from '../builder.ts';
import type { RequestContext } from '../context.ts';
import { CouponRef } from '../coupon/type.ts';
import { PromoCodeRef } from '../promo-code/type.ts';
import { RedemptionRef } from '../redemption/type.ts';
import {
  ConflictType,
  IdempotencyConflictType,
  NotFoundType,
  ProviderErrorRef,
  RefusalType,
  UnsupportedType,
} from './errors.ts';
import { InputError } from './input-error.ts';

const REPLAYED =
  'True when the idempotency key has had this effect before; the object is shown as it is now. Also for an order that has redeemed already.';

const payload = {
  coupon: (name: string, description: string) =>
    builder.objectRef<CouponChanged>(name).implement({
      description,
      fields: (t) => ({
        coupon: t.expose('coupon', { type: CouponRef, description: 'The coupon as it is now.' }),
        replayed: t.exposeBoolean('replayed', { description: REPLAYED }),
      }),
    }),
  promoCode: (name: string, description: string) =>
    builder.objectRef<PromoCodeChanged>(name).implement({
      description,
      fields: (t) => ({
        promoCode: t.expose('promoCode', { type: PromoCodeRef, description: 'The promo code as it is now.' }),
        replayed: t.exposeBoolean('replayed', { description: REPLAYED }),
      }),
    }),
};

const CreateCouponPayload = payload.coupon('CreateCouponPayload', 'The coupon that was made.');
const UpdateCouponPayload = payload.coupon('UpdateCouponPayload', 'The coupon that was changed.');
const ArchiveCouponPayload = payload.coupon('ArchiveCouponPayload', 'The coupon that was taken out of use.');
const CreatePromoCodePayload = payload.promoCode('CreatePromoCodePayload', 'The promo code that was made.');
const UpdatePromoCodePayload = payload.promoCode('UpdatePromoCodePayload', 'The promo code that was changed.');

const RedeemPayload = builder.objectRef<Taken>('RedeemPayload').implement({
  description: 'The redemption.',
  fields: (t) => ({
    redemption: t.expose('redemption', { type: RedemptionRef, description: 'The redemption as it is now.' }),
    replayed: t.exposeBoolean('replayed', { description: REPLAYED }),
  }),
});

const ForgetFailedAttemptsPayload = builder.objectRef<Forgotten>('ForgetFailedAttemptsPayload').implement({
  description: 'What was forgotten.',
  fields: (t) => ({
    count: t.expose('count', { type: 'SafeInt', description: 'How many failed attempts no longer count.' }),
  }),
});

/** The member of a union that stands for each kind of answer; a union has no more of them than it lists. */
const MEMBERS = {
  INVALID_INPUT: InputError,
  NOT_FOUND: NotFoundType,
  CONFLICT: ConflictType,
  UNSUPPORTED: UnsupportedType,
  IDEMPOTENCY_CONFLICT: IdempotencyConflictType,
  PROVIDER_FAILED: ProviderErrorRef,
  REFUSED: RefusalType,
  TAKEN: RedeemPayload,
};

/** What came of a write is what the log tells of it: a refusal by its reason. */
function note(answer: { kind: string; reason?: string }, { outcomes }: RequestContext): void {
  outcomes.push(answer.reason ?? answer.kind);
}

/** What can go wrong with a write that changes something or builds on it. */
const WRITE_ERRORS = [
  InputError,
  NotFoundType,
  ConflictType,
  UnsupportedType,
  IdempotencyConflictType,
  ProviderErrorRef,
];

export const CreateCouponResult = builder.errorUnion('CreateCouponResult', {
  description: 'The coupon, or why there is none.',
  types: [CreateCouponPayload, InputError, ConflictType, UnsupportedType, IdempotencyConflictType, ProviderErrorRef],
  resolveType: (answer, context) => {
    note(answer, context);
    return answer.kind === 'COUPON' ? CreateCouponPayload : MEMBERS[answer.kind];
  },
});

export const CreatePromoCodeResult = builder.errorUnion('CreatePromoCodeResult', {
  description: 'The promo code, or why there is none.',
  types: [CreatePromoCodePayload, ...WRITE_ERRORS],
  resolveType: (answer, context) => {
    note(answer, context);
    return answer.kind === 'PROMO_CODE' ? CreatePromoCodePayload : MEMBERS[answer.kind];
  },
});

export const UpdatePromoCodeResult = builder.errorUnion('UpdatePromoCodeResult', {
  description: 'The promo code, or why it was not changed.',
  types: [UpdatePromoCodePayload, ...WRITE_ERRORS],
  resolveType: (answer, context) => {
    note(answer, context);
    return answer.kind === 'PROMO_CODE' ? UpdatePromoCodePayload : MEMBERS[answer.kind];
  },
});

export const UpdateCouponResult = builder.errorUnion('UpdateCouponResult', {
  description: 'The coupon, or why it was not changed.',
  types: [UpdateCouponPayload, ...WRITE_ERRORS],
  resolveType: (answer, context) => {
    note(answer, context);
    return answer.kind === 'COUPON' ? UpdateCouponPayload : MEMBERS[answer.kind];
  },
});

export const ArchiveCouponResult = builder.errorUnion('ArchiveCouponResult', {
  description: 'The coupon, or why it was not archived.',
  types: [ArchiveCouponPayload, ...WRITE_ERRORS],
  resolveType: (answer, context) => {
    note(answer, context);
    return answer.kind === 'COUPON' ? ArchiveCouponPayload : MEMBERS[answer.kind];
  },
});

export const RedeemResult = builder.errorUnion('RedeemResult', {
  description: 'The redemption, or why there is none.',
  types: [RedeemPayload, RefusalType, InputError, UnsupportedType, IdempotencyConflictType, ProviderErrorRef],
  resolveType: (answer, context) => {
    note(answer, context);
    return MEMBERS[answer.kind];
  },
});

export const SettleRedemptionResult = builder.errorUnion('SettleRedemptionResult', {
  description: 'The redemption, or why it was not settled.',
  types: [
    RedeemPayload,
    RefusalType,
    InputError,
    NotFoundType,
    ConflictType,
    IdempotencyConflictType,
    ProviderErrorRef,
  ],
  resolveType: (answer, context) => {
    note(answer, context);
    return MEMBERS[answer.kind];
  },
});

export const ForgetFailedAttemptsResult = builder.errorUnion('ForgetFailedAttemptsResult', {
  description: 'What was forgotten, or what is wrong with the input.',
  types: [ForgetFailedAttemptsPayload, InputError],
  resolveType: (answer, context) => {
    note(answer, context);
    return ForgetFailedAttemptsPayload;
  },
});
