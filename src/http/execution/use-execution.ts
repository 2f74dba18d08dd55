import type { ExecutionArgs, ExecutionResult, GraphQLError } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import { OperationAccess } from '../../auth/operation-access.ts';
import { CallOrigins, runFor } from '../../domain/provider/call-origin.ts';
import type { RequestContext } from '../../graphql/context.ts';
import { schema } from '../../graphql/schema.ts';
import type { GatheredCalls, ProviderCalls } from '../../telemetry/provider-calls.ts';
import type { RequestLog } from '../../telemetry/request-log.ts';
import type { DocumentCache } from '../documents/document-cache.ts';
import { limitedParser } from '../documents/document-limits.ts';
import { documentRules } from '../documents/document-rules.ts';
import type { RequestFacts } from '../request-facts.ts';
import { noteCaching } from '../responses/cache-headers.ts';
import type { ServerConfig } from '../server-options.ts';
import type { OpenSubscriptions } from '../subscriptions/open-subscriptions.ts';
import { answeredFields } from './answered-fields.ts';
import { CostLimit } from './cost-limit.ts';
import { withDeadline } from './deadline.ts';
import { withErrorCodes } from './error-codes.ts';
import { type OperationFacts, operationFacts } from './operation-facts.ts';
import { logAnswered, outcomesOf } from './operation-log.ts';
import { findVariableErrors } from './variable-errors.ts';

/** All customer tokens share one place in the queue, because anybody can sign up for one. No caller has this name. */
const BROWSERS = 'browsers';

type Context = RequestContext & RequestFacts;
type Args = Pick<ExecutionArgs, 'document' | 'variableValues'> & { contextValue: Context };

export interface ExecutionOptions {
  config: Pick<ServerConfig, 'limits' | 'requestDeadlineMs' | 'httpCaching'>;
  documents: DocumentCache;
  subscriptions: OpenSubscriptions;
  /** Collects the calls of each operation. */
  calls: ProviderCalls;
  requestLog: RequestLog;
}

/** The result of an operation that is not executed. */
interface Faults {
  errors: readonly GraphQLError[];
  extensions?: { http: { status: number } };
}

/**
 * What happens to an operation from its text to its result, in order. Like `useRequest`, it has one hook of each kind,
 * because Yoga makes a dozen objects for each hook that it calls. What depends on the document alone is done once for a
 * document that is in the cache.
 */
export function useExecution(options: ExecutionOptions): Plugin<Context, RequestFacts> {
  const { config, documents, subscriptions, calls: providerCalls, requestLog } = options;
  const { limits, requestDeadlineMs: timeoutMs, httpCaching } = config;
  const parse = limitedParser(limits.tokens);
  const rules = documentRules(limits);
  const costs = new CostLimit(limits.cost, limits.subscriptions.cost);
  const access = new OperationAccess(schema);

  /** What is wrong with an operation before any of it is executed. */
  const findFaults = (
    { document, variableValues, contextValue: context }: Args,
    facts: OperationFacts,
  ): Faults | null => {
    costs.check(facts, variableValues);
    // The schema enforces the same rules field by field. There, a write could happen before a field below it is rejected.
    const denied = access.check({ document, operation: facts.operation, variableValues }, context);
    if (denied) return { errors: [denied] };
    const wrong = findVariableErrors(facts, variableValues ?? {}, context.admission?.bytes);
    // As the executor answers them in a small request.
    return wrong ? { errors: wrong, extensions: { http: { status: 400 } } } : null;
  };

  return {
    onParse({ params: { source }, setParsedDocument, setParseFn }) {
      const known = documents.get(source.toString());
      if (known) setParsedDocument(known);
      else setParseFn(parse);
    },

    onValidate({ params: { documentAST: document }, addValidationRule, setResult }) {
      // The schema and the rules never change.
      if (documents.isValid(document)) return setResult([]);
      for (const rule of rules) addValidationRule(rule);
      return ({ valid }) => {
        if (valid) documents.offer(document);
      };
    },

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
          const { data, errors, extensions }: ExecutionResult = isAsyncIterable(result) ? {} : result;
          const coded = withErrorCodes(errors ?? []);
          const { outcomes } = context;
          const fields = answeredFields(facts, { data, errors: coded, outcomes });
          if (errors && coded !== errors) setResult({ ...result, errors: coded });
          if (facts?.type === 'query' && data !== undefined && !errors) {
            const tags = noteCaching({ context, facts, fields }, httpCaching);
            if (tags) setResult({ ...result, extensions: { ...extensions, ...tags } });
          }
          const answered = { context, facts, startedAt, outcomes: outcomesOf(coded, outcomes), fields };
          logAnswered(requestLog, { ...answered, calls: gathered.calls });
          gathered.isLogged = true;
        },
      };
    },

    onSubscribe({ args, setSubscribeFn, setResultAndStopExecution }) {
      const startedAt = performance.now();
      const { contextValue: context } = args;
      if (context.admission) context.admission.isStream = true;
      const facts = operationFacts(args.document, args.operationName);
      const faults = facts ? findFaults(args, facts) : null;
      if (faults) setResultAndStopExecution({ errors: faults.errors });
      else setSubscribeFn(() => subscriptions.subscribe(args));
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

/** Attributes the provider calls of an operation to its caller. Calls of mutations are urgent, all others are reads. */
function originsOf({ caller, redeemer }: Context, facts: OperationFacts | undefined): CallOrigins {
  const urgency = facts?.type === 'mutation' ? 'WRITE' : 'READ';
  return new CallOrigins([{ caller, urgency, ...(redeemer.isServer ? {} : { group: BROWSERS }) }]);
}
