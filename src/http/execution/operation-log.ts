import type { GraphQLError } from 'graphql';
import type { RequestContext } from '../../graphql/context.ts';
import type { FieldOutcome } from '../../graphql/shared/outcome.ts';
import type { ProviderCall } from '../../telemetry/provider-calls.ts';
import type { AnsweredField, RequestLog } from '../../telemetry/request-log.ts';
import type { RequestFacts } from '../request-facts.ts';
import { codeOf } from './error-codes.ts';
import type { OperationFacts } from './operation-facts.ts';

const MAX_CALLS = 20;

/** An operation whose answer is known. */
interface Answered {
  context: RequestContext & RequestFacts;
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
  context.log.isLogged = true;
  logOperation({
    requestId: context.log.requestId,
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

/** Logs a request that was answered without an operation. */
export function logUnexecuted(
  { logRequest }: Pick<RequestLog, 'logRequest'>,
  { log, sender, res }: RequestFacts,
  status: number,
): void {
  // A request that arrives too slowly has already been answered with 408.
  if (log.isLogged || res.headersSent) return;
  const { requestId, startedAt, codes } = log;
  const caller = sender?.caller.name ?? null;
  logRequest({ requestId, caller, status, codes, milliseconds: millisecondsSince(startedAt) });
}

/** The codes of the errors and the outcomes of the writes, each once; OK if there are none. */
export function outcomesOf(errors: readonly GraphQLError[], outcomes: readonly FieldOutcome[]): string[] {
  if (errors.length + outcomes.length === 0) return ['OK'];
  return [...new Set([...errors.map(codeOf), ...outcomes.map(({ outcome }) => outcome)])];
}

export function millisecondsSince(startedAt: number): number {
  return Math.round((performance.now() - startedAt) * 100) / 100;
}
