import { GraphQLError } from 'graphql';
import type { Refusal } from '../../domain/redemption/outcomes.ts';
import { refusalMessage } from './messages.ts';

/** The error for a refusal where the schema has no member for one: in a subscription, or in the place of an entity. */
export function refusalError({ reason, retryAfterSeconds }: Refusal): GraphQLError {
  const wait = retryAfterSeconds === null ? {} : { retryAfterSeconds };
  const extensions = { code: reason, retryable: reason === 'TOO_MANY_ATTEMPTS', ...wait };
  return new GraphQLError(refusalMessage[reason], { extensions });
}
