import { ProviderError } from '../../domain/provider/provider-error.ts';
import {
  type Conflict,
  conflict,
  type InvalidInput,
  invalidInput,
  type NotFound,
  notFound,
  type ProviderFailed,
  providerFailed,
} from '../../domain/redemption/outcomes.ts';
import { inSpan } from '../../telemetry/span.ts';

type FailedChange = NotFound | Conflict | ProviderFailed;

/** The answers that a mutation may give to a provider's failure. */
interface FailureAnswers {
  redeemPromoCode: ProviderFailed;
  redeemCoupon: ProviderFailed;
  holdPromoCode: ProviderFailed;
  confirmRedemption: FailedChange;
  cancelRedemption: FailedChange;
  createPromoCode: InvalidInput | FailedChange;
  updatePromoCode: InvalidInput | FailedChange;
  createCoupon: InvalidInput | Conflict | ProviderFailed;
  updateCoupon: InvalidInput | FailedChange;
  archiveCoupon: InvalidInput | FailedChange;
}

const ANSWERS: { [Name in keyof FailureAnswers]: (failure: ProviderError) => FailureAnswers[Name] } = {
  redeemPromoCode: providerFailed,
  redeemCoupon: providerFailed,
  holdPromoCode: providerFailed,
  confirmRedemption: failedChange,
  cancelRedemption: failedChange,
  createPromoCode: (failure) => inputFault(failure) ?? failedChange(failure),
  updatePromoCode: (failure) => inputFault(failure) ?? failedChange(failure),
  createCoupon: (failure) => inputFault(failure) ?? failedCreation(failure),
  updateCoupon: (failure) => inputFault(failure) ?? failedChange(failure),
  archiveCoupon: (failure) => inputFault(failure) ?? failedChange(failure),
};

/**
 * Runs a mutation in a span, and turns a provider's failure into an answer. Any other error is a bug and is rethrown.
 * The resolvers of mutations call this: nothing below them turns a failure into an answer.
 */
export async function asAnswer<Name extends keyof FailureAnswers, Answer>(
  mutation: Name,
  run: () => Promise<Answer>,
): Promise<Answer | FailureAnswers[Name]> {
  try {
    return await inSpan(mutation, {}, run);
  } catch (error) {
    if (error instanceof ProviderError) return ANSWERS[mutation](error);
    throw error;
  }
}

/** The answer to a failed creation. */
export function failedCreation(failure: ProviderError): Conflict | ProviderFailed {
  if (failure.reason === 'CODE_TAKEN') return conflict('The code is taken at the provider');
  if (failure.reason === 'REPLACED') {
    return conflict(
      'Another change was sent before the outcome of this one was known. Read it as it is now, and change it under a new key',
    );
  }
  if (failure.reason === 'CONFLICT') return conflict('The state at the provider does not allow it');
  return providerFailed(failure);
}

/** The answer to a failed change of something that exists, or to a failure to build on it. */
function failedChange(failure: ProviderError): FailedChange {
  return failure.reason === 'NOT_FOUND' ? notFound('The provider does not have it') : failedCreation(failure);
}

/** The input field that the provider refused, if it names one. */
export function inputFault({ fault, reason, unchanged }: ProviderError): InvalidInput | null {
  // A refusal of a repeated write does not show what the first one did, so a better input does not help.
  const isInputAtFault = fault !== undefined && unchanged && reason !== 'CODE_TAKEN';
  return isInputAtFault ? invalidInput([fault.field], 'REFUSED', fault.message) : null;
}
