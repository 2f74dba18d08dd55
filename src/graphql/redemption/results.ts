import type { Taken } from '../../gateway/redemption/take-use.ts';
import { builder } from '../builder.ts';
import { PERSONAL } from '../federation/directives.ts';
import { ConflictType } from '../shared/error-types.ts';
import { REPLAYED, resultUnion } from '../shared/result-union.ts';
import { RedemptionRef } from './type.ts';

const RedeemPayload = builder.objectRef<Taken>('RedeemPayload').implement({
  description: 'The hold or redemption.',
  fields: (t) => ({
    redemption: t.expose('redemption', {
      directives: { tag: PERSONAL },
      type: RedemptionRef,
      description: 'The hold or redemption as it is now.',
    }),
    replayed: t.exposeBoolean('replayed', { description: REPLAYED }),
  }),
});

builder.objectField(ConflictType, 'currentRedemption', (t) =>
  t.field({
    directives: { tag: PERSONAL },
    type: RedemptionRef,
    nullable: true,
    description:
      'The redemption as it is now, if its state does not allow the change. Null: it is not about a redemption.',
    resolve: ({ redemption }) => redemption,
  }),
);

export const RedeemResult = resultUnion('RedeemResult', {
  description: 'The redemption, or why there is none.',
  payload: RedeemPayload,
  errors: ['REFUSED', 'INVALID_INPUT', 'UNSUPPORTED', 'IDEMPOTENCY_CONFLICT', 'PROVIDER_FAILED'],
});

export const SettleRedemptionResult = resultUnion('SettleRedemptionResult', {
  description: 'The redemption, or why it was not confirmed or cancelled.',
  payload: RedeemPayload,
  errors: ['REFUSED', 'INVALID_INPUT', 'NOT_FOUND', 'CONFLICT', 'IDEMPOTENCY_CONFLICT', 'PROVIDER_FAILED'],
});
