import type { RecordedRefusal, RefusedOperation } from '../../domain/redemption/recorded-refusal.ts';
import type { StoredRefusal } from '../../gateway/lists/list-refusals.ts';
import { builder } from '../builder.ts';
import { OPERATOR_AND_PERSONAL } from '../federation/directives.ts';
import { Node } from '../node/type.ts';
import { ProviderEnum, ProviderStateEnum } from '../provider/type.ts';
import { RefusalReasonEnum } from '../shared/error-types.ts';

const OperationEnum = builder.enumType('RefusedOperation', {
  description: 'What was refused.',
  values: {
    QUOTE: { description: 'A quote: `quotePromoCode`.' },
    HOLD: { description: 'A hold: `holdPromoCode`.' },
    REDEEM: { description: 'A redemption: `redeemPromoCode`.' },
    CONFIRM: { description: 'The final amount of a hold: `confirmRedemption`.' },
    REDEEM_COUPON: { description: 'A redemption of a coupon: `redeemCoupon`.' },
    LOOK_UP: { description: 'A look-up of an entity by its id, for a caller without the scope `read`.' },
    WATCH: { description: 'A subscription to `promoCodeChanged`, for a caller without the scope `read`.' },
  } as const satisfies Record<RefusedOperation, { description: string }>,
});

const ObservedProvider = builder.objectRef<RecordedRefusal['providers'][number]>('RefusalProvider').implement({
  description: 'The state of a provider when something was refused.',
  fields: (t) => ({
    provider: t.expose('provider', { type: ProviderEnum, description: 'The provider.' }),
    state: t.expose('state', { type: ProviderStateEnum, description: 'Its state at that moment.' }),
  }),
});

export const RefusalRef = builder.objectRef<StoredRefusal>('RecordedRefusal').implement({
  directives: OPERATOR_AND_PERSONAL,
  interfaces: [Node],
  description:
    'A quote, a use or a look-up that was refused. Kept for the time and in the number that the gateway is configured for. Written shortly after the answer: a process that is killed loses those of its last moment.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'When it was refused.' }),
    operation: t.expose('operation', { type: OperationEnum, description: 'What was refused.' }),
    caller: t.exposeString('caller', { description: 'The caller: whose key or token was used.' }),
    requestId: t.exposeString('requestId', {
      nullable: true,
      description: 'The `X-Request-Id` of the answer, by which the log has the operation.',
    }),
    code: t.exposeString('code', {
      nullable: true,
      description:
        'What was typed, at most the first 100 characters. If nothing was typed: the code of the hold or look-up, or the id that was looked up if no promotion has it. Null: a coupon, or unknown.',
    }),
    promotionId: t.exposeID('promotionId', {
      nullable: true,
      description: 'The id of the promo code or coupon. Null: none was found, or none was looked for.',
    }),
    customerId: t.exposeID('customerId', { nullable: true, description: 'The customer. Null: a guest.' }),
    orderId: t.exposeID('orderId', { nullable: true, description: 'The order. Null: it was not named.' }),
    reason: t.expose('reason', { type: RefusalReasonEnum, description: 'Why it was refused.' }),
    reasonGiven: t.expose('reasonGiven', {
      type: RefusalReasonEnum,
      description:
        'The reason that the caller got. It differs if the caller may not learn the reason, or if a provider that may have another code with this text did not answer.',
    }),
    providers: t.expose('providers', {
      type: [ObservedProvider],
      description: "The promotion's provider; if none was found, all providers that may have the code.",
    }),
  }),
});
