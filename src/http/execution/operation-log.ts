import type { GraphQLError } from 'graphql';
import type { RequestContext } from '../../graphql/context.ts';
import type { FieldOutcome } from '../../graphql/shared/outcome.ts';
import type { ProviderCall } from '../../telemetry/provider-calls.ts';
import type { AnsweredField, RequestLog } from '../../telemetry/request-log.ts';
import type { RequestFacts, RequestLogState } from '../request-facts.ts';
import { REQUEST_ID_HEADER, requestIdOf } from '../responses/request-id.ts';
import { codeOf } from './error-codes.ts';
import type { OperationFacts } from './operation-facts.ts';

const MAX_CALLS = 20;

/** An operation whose answer is known. */
interface Answered {
  context: RequestContext & Partial<RequestFacts> & { request: Request };
  /** Undefined: the document has no operation of the requested name. */
  facts: OperationFacts | undefined;
  /** In milliseconds of the monotonic clock. */
  startedAt: number;
  outcomes: string[];
  fields: readonly AnsweredField[];
  calls: readonly ProviderCall[];
}

/** Logs an answered operation. */
export function logAnswered(
  { logOperation }: Pick<RequestLog, 'logOperation'>,
  { context, facts, startedAt, outcomes, fields, calls }: Answered,
): void {
  const state = context.log ?? newLogState(context.request);
  state.isLogged = true;
  logOperation({
    requestId: state.requestId,
    caller: context.caller,
    operation: facts?.name ?? null,
    type: facts?.type ?? 'query',
    outcomes,
    fields,
    milliseconds: millisecondsSince(startedAt),
    providerCalls: calls.length,
    calls: calls.slice(0, MAX_CALLS),
  });
}

/** The codes of the errors and the outcomes of the writes, each once; OK if there are none. */
export function outcomesOf(errors: readonly GraphQLError[], outcomes: readonly FieldOutcome[]): string[] {
  if (errors.length + outcomes.length === 0) return ['OK'];
  return [...new Set([...errors.map(codeOf), ...outcomes.map(({ outcome }) => outcome)])];
}

export function newLogState(request: Request): RequestLogState {
  const requestId = requestIdOf(request.headers.get(REQUEST_ID_HEADER));
  return { requestId, startedAt: performance.now(), isLogged: false, codes: [] };
}

export function millisecondsSince(startedAt: number): number {
  return Math.round((performance.now() - startedAt) * 100) / 100;
}
