import { initGraphQLTada, type ResultOf } from 'gql.tada';
import type { introspection } from './schema.generated.d.ts';

const graphql = initGraphQLTada<{
  introspection: introspection;
  disableMasking: true;
  scalars: {
    CurrencyCode: string;
    DateTime: string;
    Decimal: string;
    JSONObject: Record<string, unknown>;
    SafeInt: number;
  };
}>();

/** Exists for its return type, which the compiler derives from the text and the schema. */
function documentOf<const Text extends string>(text: Text) {
  return graphql(text, []);
}

/**
 * The data of an operation, or the fields of a fragment, by its text. A field that the schema does not have is unknown.
 * `never` for a text that is not a literal.
 */
export type DataOf<Text extends string> = ResultOf<ReturnType<typeof documentOf<Text>>>;
