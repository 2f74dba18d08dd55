import type { ExecutionArgs, GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { OperationAccess } from '../../auth/operation-access.ts';
import { CallOrigins, runFor } from '../../domain/provider/call-origin.ts';
import type { RequestContext } from '../../graphql/context.ts';
import { schema } from '../../graphql/schema.ts';
import type { GatheredCalls, ProviderCalls } from '../../telemetry/provider-calls.ts';
import type { RequestLog } from '../../telemetry/request-log.ts';
import type { RequestFacts } from '../request-facts.ts';
import type { ServerConfig } from '../server-options.ts';
import { answeredFields } from './answered-fields.ts';
import { CostLimit } from './cost-limit.ts';
import { withDeadline } from './deadline.ts';
import { withErrorCodes } from './error-codes.ts';
import { type OperationFacts, operationFacts } from './operation-facts.ts';
import { logAnswered, outcomesOf } from './operation-log.ts';
import { findVariableErrors } from './variable-errors.ts';

/** All customer tokens share one place in the queue, because anybody can sign up for one. No caller has this name. */
const BROWSERS = 'browsers';

type Context = RequestContext & RequestFacts & { request: Request };
type Args = Pick<ExecutionArgs, 'document' | 'operationName' | 'variableValues'> & { contextValue: Context };

export interface ExecutionOptions {
  config: Pick<ServerConfig, 'limits' | 'requestDeadlineMs'>;
  /** Collects the calls of each operation. */
  calls: ProviderCalls;
  requestLog: RequestLog;
}

/**
 * Everything that happens around the execution of an operation: checks, deadline, origin of provider calls, error codes,
 * log. It is one plugin, because Yoga makes a dozen objects for each hook that it calls.
 */
export function useExecution({ config, calls: providerCalls, requestLog }: ExecutionOptions): Plugin<Context> {
  const { limits, requestDeadlineMs: timeoutMs } = config;
  const costs = new CostLimit(limits.cost, limits.subscriptions.cost);
  const access = new OperationAccess(schema);

  /** What is wrong with an operation before any of it is executed. */
  const findFaults = (args: Args, facts: OperationFacts): Faults | null => {
    const { contextValue: context, variableValues: variables } = args;
    costs.check(args.document, facts.operation, variables);
    // The schema enforces the same rules field by field. There, a write could happen before a field below it is rejected.
    const denied = access.check(args, context);
    if (denied) return { errors: [denied] };
    const wrong = findVariableErrors(facts, variables ?? {}, context.admission?.bytes);
    // As the executor answers them in a small request.
    return wrong ? { errors: wrong, extensions: { http: { status: 400 } } } : null;
  };

  return {
    onExecute({ args, executeFn, setExecuteFn, setResultAndStopExecution }) {
      const startedAt = performance.now();
      const { contextValue: context } = args;
      const facts = operationFacts(args.document, args.operationName);
      const gathered: GatheredCalls = { calls: [], isLogged: false };
      const faults = facts ? findFaults(args, facts) : null;
      if (faults) setResultAndStopExecution(faults);
      else {
        setExecuteFn((executionArgs) => {
          const execute = () => executeFn(executionArgs);
          const deadline = { timeoutMs, res: context.res, isCancellable: facts?.type === 'query' };
          const run = () => providerCalls.gather(gathered, () => withDeadline(execute, deadline));
          return runFor(originsOf(context, facts), run);
        });
      }
      return {
        onExecuteDone({ result, setResult }) {
          const errors = 'errors' in result ? (result.errors ?? []) : [];
          const coded = withErrorCodes(errors);
          if (coded !== errors) setResult({ ...result, errors: coded });
          const outcomes = outcomesOf(coded, context.outcomes);
          const { data } = 'data' in result ? result : { data: null };
          const fields = answeredFields(facts, { data, errors: coded, outcomes: context.outcomes });
          logAnswered(requestLog, { context, facts, startedAt, outcomes, fields, calls: gathered.calls });
          gathered.isLogged = true;
        },
      };
    },

    onSubscribe({ args, setResultAndStopExecution }) {
      const startedAt = performance.now();
      const { contextValue: context } = args;
      const facts = operationFacts(args.document, args.operationName);
      const faults = facts ? findFaults(args, facts) : null;
      if (faults) setResultAndStopExecution({ errors: faults.errors });
      return {
        onSubscribeResult({ result, setResult }) {
          const errors = 'errors' in result ? (result.errors ?? []) : null;
          const coded = errors && withErrorCodes(errors);
          if (coded && coded !== errors) setResult({ ...result, errors: coded });
          const outcomes = coded ? outcomesOf(coded, []) : ['SUBSCRIBED'];
          const fields = answeredFields(facts, { errors: coded ?? [], outcomes: [] });
          logAnswered(requestLog, { context, facts, startedAt, outcomes, fields, calls: [] });
        },
      };
    },
  };
}

/** The result of an operation that is not executed. */
interface Faults {
  errors: readonly GraphQLError[];
  extensions?: { http: { status: number } };
}

/** Attributes the provider calls of an operation to its caller. Calls of mutations are urgent, all others are reads. */
function originsOf({ caller, redeemer }: Context, facts: OperationFacts | undefined): CallOrigins {
  const urgency = facts?.type === 'mutation' ? 'WRITE' : 'READ';
  return new CallOrigins([{ caller, urgency, ...(redeemer.isServer ? {} : { group: BROWSERS }) }]);
}
