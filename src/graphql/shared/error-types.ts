import { UNSUPPORTED_CODES, type Unsupported, type UnsupportedField } from '../../domain/provider/unsupported.ts';
import { INPUT_ISSUE_CODES } from '../../domain/redemption/input-issue.ts';
import type {
  Conflict,
  IdempotencyConflict,
  NotFound,
  ProviderFailed,
  Refusal,
} from '../../domain/redemption/outcomes.ts';
import { builder } from '../builder.ts';
import { ProviderEnum } from '../provider/type.ts';
import { InputError } from './input-error.ts';
import { conflictMessage, failureMessage, refusalMessage } from './messages.ts';
import { MoneyType } from './money-type.ts';

/** Every member of a result that is not its payload. */
export const PromotionError = builder.interfaceRef<unknown>('PromotionError').implement({
  description:
    'Why nothing was done. Every member of a result except its payload implements it, so a client can handle it as its default case.',
  fields: (t) => ({
    message: t.string({
      description: 'What happened, in words that users may see.',
      // Every member has its own resolver.
      resolve: (error) => (error instanceof Error ? error.message : ''),
    }),
  }),
});

const InputIssueType = builder.objectRef<InputError['issues'][number]>('PromotionInputIssue').implement({
  description: 'A fault of one input field.',
  fields: (t) => ({
    path: t.exposeStringList('path', {
      description:
        'The path of the field, starting with the argument: ["input", "discount", "percentage"]. An index of a list is a string: "0".',
    }),
    message: t.exposeString('message', { description: 'What is wrong with it, for developers.' }),
    code: t.exposeString('code', {
      description: `What is wrong with it, to choose your own words by. One of ${Object.keys(INPUT_ISSUE_CODES).join(', ')}; more may come.`,
    }),
  }),
});

builder.objectType(InputError, {
  name: 'PromotionInputError',
  description: 'The input is not valid. Nothing was done, and nothing was sent to a provider.',
  interfaces: [PromotionError],
  fields: (t) => ({
    message: t.exposeString('message', { description: 'That the input is not valid.' }),
    issues: t.expose('issues', { type: [InputIssueType], description: 'One entry for each wrong field.' }),
  }),
});

export const NotFoundType = builder.objectRef<NotFound>('PromotionNotFoundError').implement({
  description: 'An object that the input refers to does not exist.',
  interfaces: [PromotionError],
  fields: (t) => ({ message: t.exposeString('message', { description: 'What was not found.' }) }),
});

export const ConflictType = builder.objectRef<Conflict>('PromotionConflictError').implement({
  description: 'The code is taken, or the current state does not allow the change.',
  interfaces: [PromotionError],
  fields: (t) => ({
    message: t.string({
      description:
        'What prevents it. If a live promo code has the code, a caller with the scope `read` gets its id, unless it is not known.',
      resolve: ({ message, rivalId }, _, { scopes }) =>
        rivalId !== undefined && scopes.has('read') ? `${message}: ${rivalId}` : message,
    }),
  }),
});

export const IdempotencyConflictType = builder.objectRef<IdempotencyConflict>('IdempotencyConflictError').implement({
  description:
    'The idempotency key was used before: with another input, for another mutation, or for an object that the caller can no longer see.',
  interfaces: [PromotionError],
  fields: (t) => ({
    message: t.string({ description: 'That the key was used before.', resolve: () => conflictMessage }),
  }),
});

const UnsupportedIssueType = builder.objectRef<UnsupportedField>('UnsupportedIssue').implement({
  description: 'An input field that a provider does not support.',
  fields: (t) => ({
    path: t.stringList({
      description: 'The path of the field, starting with the argument: ["input", "discount", "percentage"].',
      resolve: ({ field }) => ['input', ...field.split('.')],
    }),
    // A text, as in `PromotionInputIssue`: a client selects both in one operation.
    code: t.exposeString('code', {
      description: `Why. One of ${Object.keys(UNSUPPORTED_CODES).join(', ')}; more may come.`,
    }),
    message: t.exposeString('message', {
      description: 'Why, and what would work, as the rest of a sentence about the field: "must be a whole percentage".',
    }),
    canBeGatewayRule: t.exposeBoolean('canBeGatewayRule', {
      description: 'Whether the gateway enforces the rule if the input has `allowGatewayRules: true`.',
    }),
  }),
});

export const UnsupportedType = builder.objectRef<Unsupported>('UnsupportedByProviderError').implement({
  description: 'The provider does not support this operation or these fields. Nothing was sent to it.',
  interfaces: [PromotionError],
  fields: (t) => ({
    message: t.string({
      description: 'What the provider does not support, why, and what would work.',
      resolve: ({ provider, issues }) =>
        `${provider} does not support this: ${issues.map(({ field, message }) => `${field} ${message}`).join('; ')}`,
    }),
    provider: t.expose('provider', { type: ProviderEnum, description: 'The provider.' }),
    fields: t.stringList({
      description: 'The input fields that it does not support, nested ones with dots: "discount.percentage".',
      resolve: ({ issues }) => issues.map(({ field }) => field),
    }),
    issues: t.field({
      type: [UnsupportedIssueType],
      description: 'One entry for each of these fields: why, and what would work.',
      resolve: ({ issues }) => [...issues],
    }),
  }),
});

const FailureKind = builder.enumType('ProviderFailureKind', {
  description: 'How a provider failed.',
  values: {
    UNAVAILABLE: { description: 'It could not be reached, or had an internal error.' },
    TIMED_OUT: { description: 'It did not answer in time. The request may have had its effect.' },
    RATE_LIMITED: { description: 'It limits the rate of calls.' },
    UNAUTHORIZED: { description: "It does not accept the gateway's key." },
    REJECTED: { description: 'It refused the request.' },
    MALFORMED_ANSWER: { description: 'Its answer could not be parsed.' },
  } as const,
});

export const ProviderErrorRef = builder.objectRef<ProviderFailed>('PromotionProviderError');
ProviderErrorRef.implement({
  description: 'The provider failed.',
  interfaces: [PromotionError],
  fields: (t) => ({
    message: t.string({
      description: "How it failed and what to do, in the gateway's words.",
      resolve: ({ provider, failure }) => failureMessage(provider, failure),
    }),
    provider: t.expose('provider', { type: ProviderEnum, description: 'The provider.' }),
    kind: t.expose('failure', { type: FailureKind, description: 'How it failed.' }),
    retryable: t.exposeBoolean('retryable', {
      description: 'Whether repeating the call with the same idempotency key may succeed.',
    }),
    retryAfterSeconds: t.exposeInt('retryAfterSeconds', {
      nullable: true,
      description: 'How many seconds to wait first. Null: the provider does not say.',
    }),
  }),
});

export const RefusalReasonEnum = builder.enumType('RefusalReason', {
  description: 'Why a promotion cannot be redeemed for an order.',
  values: Object.fromEntries(Object.entries(refusalMessage).map(([reason, description]) => [reason, { description }])),
});

export const RefusalType = builder.objectRef<Refusal>('RedemptionRefusedError').implement({
  description: 'The promotion cannot be redeemed for this order. Nothing was counted.',
  interfaces: [PromotionError],
  fields: (t) => ({
    message: t.string({
      description: 'Why, in words that customers may see.',
      resolve: ({ reason }) => refusalMessage[reason],
    }),
    reason: t.expose('reason', {
      type: RefusalReasonEnum,
      description: 'Why. If there are several reasons, the one that the customer cannot change comes first.',
    }),
    shortfall: t.expose('shortfall', {
      type: MoneyType,
      nullable: true,
      description: 'MINIMUM_NOT_MET: how much the order amount is too small. Null for other reasons.',
    }),
    retryAfterSeconds: t.exposeInt('retryAfterSeconds', {
      nullable: true,
      description:
        'After how many seconds to try again. Set for CANNOT_VERIFY, TOO_MANY_ATTEMPTS and TOO_MANY_HOLDS; also for EXHAUSTED and CUSTOMER_LIMIT_REACHED, if only holds prevent the redemption and the caller may know of them: they are its own, or it may read redemptions.',
    }),
  }),
});
