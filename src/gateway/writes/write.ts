import type { ProviderName } from '../../domain/promotion/promotion.ts';
import { type Provider, ProviderFailure } from '../../domain/provider/provider.ts';
import {
  type Conflict,
  conflict,
  type InvalidInput,
  invalidInput,
  type NotFound,
  notFound,
  type ProviderFailed,
  providerFailed,
} from '../../domain/redemption/results.ts';
import { inSpan } from '../../telemetry/span.ts';
import type { Gateway } from '../core/gateway.ts';

/** Does an action whose provider failure is an answer; everything else that is thrown is a bug and goes on. */
export async function answering<Answer, Failed>(
  action: string,
  work: () => Promise<Answer>,
  toAnswer: (failure: ProviderFailure) => Failed,
): Promise<Answer | Failed> {
  try {
    return await inSpan(action, {}, work);
  } catch (error) {
    if (error instanceof ProviderFailure) return toAnswer(error);
    throw error;
  }
}

/** What the provider's failure to make something means to the caller. */
export function refusedCreation(failure: ProviderFailure): Conflict | ProviderFailed {
  if (failure.reason === 'CODE_TAKEN') return conflict('The code is taken at the provider');
  if (failure.reason === 'REPLACED') {
    return conflict(
      'Another change was sent before the outcome of this one was known. Read it as it is now, and change it under a new key',
    );
  }
  if (failure.reason === 'CONFLICT') return conflict('The state at the provider does not allow it');
  return providerFailed(failure);
}

/** What the provider's failure to change something, or to build on it, means to the caller. */
export function refusedChange(failure: ProviderFailure): NotFound | Conflict | ProviderFailed {
  return failure.reason === 'NOT_FOUND' ? notFound('The provider does not have it') : refusedCreation(failure);
}

/** The same for a write that carries an input: the field that was refused comes first, where the provider says which. */
export function orFault<Refused>(
  refused: (failure: ProviderFailure) => Refused,
): (failure: ProviderFailure) => Refused | InvalidInput {
  return (failure) => {
    const { fault, reason, unchanged } = failure;
    // What is refused the second time says nothing of the first, so the input cannot simply be put right.
    const isToBlame = fault !== undefined && unchanged && reason !== 'CODE_TAKEN';
    return isToBlame ? invalidInput([fault.field], fault.message) : refused(failure);
  };
}

/** The account that an input names, or what is wrong with what it names. */
export function ownerOf(
  gateway: Gateway,
  { provider, account }: { provider: ProviderName; account?: string },
): Provider | InvalidInput {
  if (!gateway.accounts.find(provider)) return invalidInput(['provider'], `${provider} is switched off here`);
  return gateway.accounts.find(provider, account) ?? invalidInput(['account'], `is not an account of ${provider} here`);
}
