import type {
  Conflict,
  IdempotencyConflict,
  NotFound,
  ProviderFailed,
  Refusal,
  Unsupported,
} from '../../domain/redemption/results.ts';
import { builder } from '../builder.ts';
import { ProviderEnum } from '../provider/type.ts';
import { InputError } from './input-error.ts';
import { conflictMessage, failureMessage, refusalMessage } from './messages.ts';
import { MoneyType } from './money-type.ts';

/** Everything in a result that is not its payload. */
export const PromotionError = builder.interfaceRef<unknown>('PromotionError').implement({
  description: 'Why nothing was done. Every member of a result but its payload is one: the default branch of a client.',
  fields: (t) => ({
    message: t.string({
      description: 'What happened, in words that may be shown.',
      // Every member says it in words of its own.
      resolve: (error) => (error instanceof Error ? error.message : ''),
    }),
  }),
});

const InputIssueType = builder.objectRef<InputError['issues'][number]>('PromotionInputIssue').implement({
  description: 'What is wrong with one field of the input.',
  fields: (t) => ({
    path: t.exposeStringList('path', {
      description:
        'Where the field is, from the argument down: ["input", "discount", "percentage"]. A list\'s index is "0".',
    }),
    message: t.exposeString('message', { description: 'What is wrong with it.' }),
  }),
});

builder.objectType(InputError, {
  name: 'PromotionInputError',
  // Asked of every one that an answer shows, so the log hears of it here: no action has given it as its answer.
  isTypeOf: (value, { outcomes }) => {
    if (!(value instanceof InputError)) return false;
    outcomes.push(value.kind);
    return true;
  },
  description: 'The input cannot be used as it stands. Nothing was done and no provider was asked.',
  interfaces: [PromotionError],
  fields: (t) => ({
    message: t.exposeString('message', { description: 'That the input is not valid.' }),
    issues: t.expose('issues', { type: [InputIssueType], description: 'One entry for each field that is wrong.' }),
  }),
});

export const NotFoundType = builder.objectRef<NotFound>('PromotionNotFoundError').implement({
  description: 'What the input names does not exist.',
  interfaces: [PromotionError],
  fields: (t) => ({ message: t.exposeString('message', { description: 'What was not found.' }) }),
});

export const ConflictType = builder.objectRef<Conflict>('PromotionConflictError').implement({
  description: 'The code is taken, or the state of things does not allow it.',
  interfaces: [PromotionError],
  fields: (t) => ({ message: t.exposeString('message', { description: 'What stands in the way.' }) }),
});

export const IdempotencyConflictType = builder.objectRef<IdempotencyConflict>('IdempotencyConflictError').implement({
  description:
    'The idempotency key was used for something else: another input, another mutation, or an object that the caller can no longer see.',
  interfaces: [PromotionError],
  fields: (t) => ({
    message: t.string({ description: 'That the key was used for something else.', resolve: () => conflictMessage }),
  }),
});

export const UnsupportedType = builder.objectRef<Unsupported>('UnsupportedByProviderError').implement({
  description: 'The provider has no such operation, or cannot carry these fields. Nothing was sent to it.',
  interfaces: [PromotionError],
  fields: (t) => ({
    message: t.string({
      description: 'What the provider cannot do.',
      resolve: ({ provider, fields }) => `${provider} cannot do this: ${fields.join(', ')}`,
    }),
    provider: t.expose('provider', { type: ProviderEnum, description: 'The provider.' }),
    fields: t.exposeStringList('fields', {
      description: 'The input fields that it cannot carry, dotted where nested: "discount.percentage".',
    }),
  }),
});

const FailureKind = builder.enumType('ProviderFailureKind', {
  description: 'How a provider failed.',
  values: {
    UNAVAILABLE: { description: 'It could not be reached, or failed by itself.' },
    TIMED_OUT: { description: 'It did not answer in time. What was asked may have happened.' },
    RATE_LIMITED: { description: 'It wants fewer calls for a while.' },
    UNAUTHORIZED: { description: "It does not accept the gateway's key." },
    REJECTED: { description: 'It refused what was asked.' },
    MALFORMED_ANSWER: { description: 'Its answer could not be understood.' },
  } as const,
});

export const ProviderErrorRef = builder.objectRef<ProviderFailed>('PromotionProviderError');
ProviderErrorRef.implement({
  description: 'The provider failed.',
  interfaces: [PromotionError],
  fields: (t) => ({
    message: t.string({
      description: 'How it failed, in our words.',
      resolve: ({ provider, failure }) => failureMessage(provider, failure),
    }),
    provider: t.expose('provider', { type: ProviderEnum, description: 'The provider.' }),
    kind: t.expose('failure', { type: FailureKind, description: 'How it failed.' }),
    retryable: t.exposeBoolean('retryable', {
      description: 'Whether the same call, with the same idempotency key, may succeed.',
    }),
    retryAfterSeconds: t.exposeInt('retryAfterSeconds', {
      nullable: true,
      description: 'How many seconds to wait first, where the provider says so.',
    }),
  }),
});

export const RefusalReasonEnum = builder.enumType('RefusalReason', {
  description: 'Why a promotion cannot be used for an order.',
  values: Object.fromEntries(Object.entries(refusalMessage).map(([reason, description]) => [reason, { description }])),
});

export const RefusalType = builder.objectRef<Refusal>('RedemptionRefusedError').implement({
  description: 'The promotion cannot be used for this order. Nothing was counted.',
  interfaces: [PromotionError],
  fields: (t) => ({
    message: t.string({
      description: 'Why, in words for the customer.',
      resolve: ({ reason }) => refusalMessage[reason],
    }),
    reason: t.expose('reason', {
      type: RefusalReasonEnum,
      description: 'Why. Where several hold, what nobody can change comes first.',
    }),
    shortfall: t.expose('shortfall', {
      type: MoneyType,
      nullable: true,
      description: 'MINIMUM_NOT_MET: how much the order lacks. Null for other reasons.',
    }),
    retryAfterSeconds: t.exposeInt('retryAfterSeconds', {
      nullable: true,
      description:
        'When to try again: CANNOT_VERIFY, TOO_MANY_ATTEMPTS, TOO_MANY_HOLDS, and EXHAUSTED and CUSTOMER_LIMIT_REACHED where only holds stand in the way, and they are your own or you may read redemptions.',
    }),
  }),
});
