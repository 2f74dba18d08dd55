import SchemaBuilder from '@pothos/core';
import DirectivesPlugin from '@pothos/plugin-directives';
import ErrorsPlugin from '@pothos/plugin-errors';
import RelayPlugin from '@pothos/plugin-relay';
import ScopeAuthPlugin from '@pothos/plugin-scope-auth';
import TracingPlugin, { isRootField } from '@pothos/plugin-tracing';
import ZodPlugin from '@pothos/plugin-zod';
import { ACCESS_RULES } from '../auth/access-plugin.ts';
import { forbidden } from '../auth/access-rules.ts';
import type { Scope } from '../auth/caller.ts';
import type { Instant } from '../domain/promotion/promotion.ts';
import type { RowCount } from '../gateway/lists/paged-list.ts';
import { inSpan } from '../telemetry/span.ts';
import type { RequestContext } from './context.ts';
import { COUNT_COST, type FederationDirectives, SHAREABLE } from './federation/directives.ts';
import { INPUT_LIMITS } from './input-limits/plugin.ts';
import type { JsonObject } from './scalars/json-object.ts';
import { inputErrorOf } from './shared/input-error.ts';
import { isOutcome, outcomeOf } from './shared/outcome.ts';

/** The schema builder. The files that schema.ts imports add their types and fields to it. */
export const builder = new SchemaBuilder<{
  Context: RequestContext;
  AuthScopes: { anyOf: readonly Scope[] };
  Directives: FederationDirectives;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: { list: false; items: false };
  DefaultNodeNullability: false;
  Connection: { count: () => Promise<RowCount> };
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: string; Output: Instant };
    Decimal: { Input: string; Output: string };
    SafeInt: { Input: number; Output: number };
    CurrencyCode: { Input: string; Output: string };
    JSONObject: { Input: Record<string, unknown>; Output: JsonObject };
    _Any: { Input: unknown; Output: unknown };
  };
}>({
  defaultFieldNullability: false,
  // Each plugin wraps those after it. The errors plugin turns errors of later ones into members of the field's union.
  // Scopes are checked before the input, and its sizes before zod checks it.
  plugins: [
    ACCESS_RULES,
    TracingPlugin,
    ErrorsPlugin,
    ScopeAuthPlugin,
    INPUT_LIMITS,
    ZodPlugin,
    RelayPlugin,
    DirectivesPlugin,
  ],
  tracing: {
    default: (config) => isRootField(config),
    wrap: (resolver, _options, { parentType, name, extensions }) => {
      // The errors plugin marks the fields whose type is a result union.
      const hasResult = extensions?.pothosErrors !== undefined;
      return (source, args, context, info) =>
        inSpan(`${parentType}.${name}`, {}, () => {
          const answer = resolver(source, args, context, info);
          return hasResult ? noteOutcome(answer, context, info.path.key) : answer;
        });
    },
  },
  directives: { useGraphQLToolsUnorderedDirectives: true },
  errors: {},
  scopeAuth: {
    authScopes: ({ scopes }) => ({ anyOf: (needed) => needed.some((scope) => scopes.has(scope)) }),
    authorizeOnSubscribe: true,
    unauthorizedError: (_, _context, { parentType, fieldName }) =>
      forbidden([{ name: `${parentType}.${fieldName}`, scopes: [] }]),
  },
  zod: { validationError: inputErrorOf },
  relay: {
    cursorType: 'String',
    firstArgOptions: {
      description: 'How many rows, from the start or after `after`: at most 100. Default, without `last`: 50.',
    },
    afterArgOptions: { description: 'Only rows after this cursor.' },
    lastArgOptions: {
      description: 'How many rows, from the end or before `before`: at most 100. Not together with `first`.',
    },
    beforeArgOptions: { description: 'Only rows before this cursor.' },
    edgesFieldOptions: {
      nullable: { list: false, items: false },
      description: 'The rows of this page, each with its cursor.',
    },
    nodeFieldOptions: { nullable: false, description: 'The row.' },
    nodesOnConnection: { description: 'The rows of this page without cursors.' },
    cursorFieldOptions: { description: 'The position of the row, for `after` and `before`. Opaque.' },
    pageInfoFieldOptions: { description: 'Whether there are more rows, and where to continue.' },
    hasNextPageFieldOptions: { description: 'True when more rows follow this page.' },
    hasPreviousPageFieldOptions: { description: 'True when rows come before this page.' },
    startCursorFieldOptions: {
      description: 'The start of the page, for `before`. Null: the list is empty.',
    },
    endCursorFieldOptions: {
      description: 'The end of the page, or of the rows that were read for it, for `after`. Null: the list is empty.',
    },
    pageInfoTypeOptions: { directives: SHAREABLE, description: 'The position of a page in its list.' },
    nodeQueryOptions: false,
    nodesQueryOptions: false,
  },
});

const CountPrecision = builder.enumType('CountPrecision', {
  description: 'How exact a count is.',
  values: {
    EXACT: { description: 'All rows were counted.' },
    AT_LEAST: { description: 'Counting stopped early: there may be more rows.' },
  } as const,
});
builder.globalConnectionFields((t) => ({
  totalCount: t.int({
    directives: { cost: COUNT_COST },
    description:
      'How many rows the whole list has. Counting reads at most 10,000 rows, and an operation at most 100,000 in all: `totalCountPrecision` says whether the number is exact. Counted only if requested.',
    resolve: async ({ count }) => (await count()).rows,
  }),
  totalCountPrecision: t.field({
    directives: { cost: COUNT_COST },
    type: CountPrecision,
    description: 'Whether `totalCount` is exact or a lower bound. Requested together, they are counted once.',
    resolve: async ({ count }) => ((await count()).isExact ? ('EXACT' as const) : ('AT_LEAST' as const)),
  }),
}));

builder.queryType({
  description: 'Reads. Root fields are nullable, so that an error in one does not affect the others.',
});
builder.mutationType({
  description: 'Writes. Every error that a caller can act on is a member of the result, never an entry in `errors`.',
});
builder.subscriptionType({ description: 'Changes as they happen, as server-sent events.' });

/** Records the outcome of a write or a quote. */
async function noteOutcome(pending: unknown, { outcomes }: RequestContext, key: string | number): Promise<unknown> {
  const answer = await pending;
  if (isOutcome(answer)) outcomes.push(outcomeOf(answer, key));
  return answer;
}
