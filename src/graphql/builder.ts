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
import type { RowCount } from '../store/lists/look-through.ts';
import { inSpan } from '../telemetry/span.ts';
import type { RequestContext } from './context.ts';
import { COUNT_COST, type FederationDirectives } from './federation/directives.ts';
import { INPUT_LIMITS } from './input-limits/plugin.ts';
import { inputErrorOf } from './shared/input-error.ts';
import type { JsonObject } from './shared/json-object.ts';

/** What the schema is built with. Types, queries and mutations live in a file each and add themselves. */
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
  // Each plugin wraps those after it. The errors plugin makes what the later ones throw a member of the field's union.
  // Scopes are checked before the input is looked at, and sizes before zod works on it.
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
    wrap:
      (resolver, _options, { parentType, name }) =>
      (source, args, context, info) =>
        inSpan(`${parentType}.${name}`, {}, () => resolver(source, args, context, info)),
  },
  directives: { useGraphQLToolsUnorderedDirectives: true },
  errors: {},
  scopeAuth: {
    authScopes: ({ scopes }) => ({ anyOf: (needed) => needed.some((scope) => scopes.has(scope)) }),
    authorizeOnSubscribe: true,
    unauthorizedError: (_, _context, { parentType, fieldName }) => forbidden(`${parentType}.${fieldName}`, []),
  },
  zod: { validationError: inputErrorOf },
  relay: {
    cursorType: 'String',
    firstArgOptions: {
      description: 'How many rows from the start, or after `after`: at most 100. Absent, and `last` too: 50.',
    },
    afterArgOptions: { description: 'Rows after this cursor.' },
    lastArgOptions: {
      description: 'How many rows from the end, or before `before`: at most 100. Not together with `first`.',
    },
    beforeArgOptions: { description: 'Rows before this cursor.' },
    edgesFieldOptions: {
      nullable: { list: false, items: false },
      description: 'The rows of this page, each with its cursor.',
    },
    nodeFieldOptions: { nullable: false, description: 'The row itself.' },
    nodesOnConnection: { description: 'The rows of this page alone.' },
    cursorFieldOptions: { description: 'Where the row stands, for `after` and `before`. Opaque.' },
    pageInfoFieldOptions: { description: 'Whether there is more, and from where to go on.' },
    hasNextPageFieldOptions: { description: 'True when more rows follow this page.' },
    hasPreviousPageFieldOptions: { description: 'True when rows come before this page.' },
    startCursorFieldOptions: {
      description: 'Where the page begins, for `before`; null where there is nothing.',
    },
    endCursorFieldOptions: {
      description: 'Where the page ends, or how far it has looked, for `after`; null where there is nothing.',
    },
    pageInfoTypeOptions: { directives: { shareable: {} }, description: 'Where a page stands in its list.' },
    nodeQueryOptions: false,
    nodesQueryOptions: false,
  },
});

const CountPrecision = builder.enumType('CountPrecision', {
  description: 'How exact a count is.',
  values: {
    EXACT: { description: 'Every row was counted.' },
    AT_LEAST: { description: 'Counting stopped before the end: there may be more.' },
  } as const,
});
builder.globalConnectionFields((t) => ({
  totalCount: t.int({
    directives: { cost: COUNT_COST },
    description:
      'How many rows the whole list has. Counting looks at no more than 10,000 rows, and an operation at no more than 100,000 in all: `totalCountPrecision` says whether the number is exact. Counted only when requested.',
    resolve: async ({ count }) => (await count()).rows,
  }),
  totalCountPrecision: t.field({
    directives: { cost: COUNT_COST },
    type: CountPrecision,
    description: 'Whether `totalCount` is exact or a lower bound. Requested together, the two are counted once.',
    resolve: async ({ count }) => ((await count()).isExact ? ('EXACT' as const) : ('AT_LEAST' as const)),
  }),
}));

builder.queryType({
  description: 'Reads. A root field may be null, so that what fails in one leaves the others whole.',
});
builder.mutationType({
  description: 'Writes. Everything that a caller can act on is a member of the result, never an entry in `errors`.',
});
builder.subscriptionType({ description: 'Live changes, as server-sent events.' });
