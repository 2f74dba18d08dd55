import { MOST_CANDIDATES } from '../../gateway/reading/find-promo-code.ts';
import { MOST_CHANGES } from '../../gateway/writes/record-history.ts';

/*
 * The cost of operations, published as @cost and @listSize so that routers can check an operation before they send it. By
 * the specification of the directives an object costs 1 and a mutation 10; the constants here are the exceptions.
 */

type Tag = { name: string };

/** The directives of Apollo Federation that the schema uses (specs.apollo.dev/federation/v2.9). */
export type FederationDirectives = {
  key: { locations: 'OBJECT'; args: { fields: string } };
  shareable: { locations: 'OBJECT' | 'FIELD_DEFINITION'; args: Record<string, never> };
  tag: { locations: 'OBJECT' | 'FIELD_DEFINITION'; args: Tag };
  cost: { locations: 'FIELD_DEFINITION'; args: { weight: number } };
  listSize: {
    locations: 'FIELD_DEFINITION';
    args: {
      assumedSize: number;
      slicingArguments: string[];
      sizedFields: string[];
      requireOneSlicingArgument: boolean;
    };
  };
};

/** An entity: other subgraphs can reference it by its id. */
export const ENTITY = { key: { fields: 'id' } };

/** A value that other subgraphs can return as well, or a field that they can `@provides`. */
export const SHAREABLE = { shareable: {} };

/** A read that may call a provider. */
export const READ_COST = { weight: 5 };

/** A count reads up to 10,000 rows. */
export const COUNT_COST = { weight: 40 };

/** Metadata may add 25 KB to an answer. */
export const METADATA_COST = { weight: 20 };

/** The SDL adds the size of the whole schema to an answer, as introspection does. */
export const SDL_COST = { weight: 1000 };

/** A list is as long as its page: the requested size, or the default. */
export const PAGE_SIZE = {
  assumedSize: 50,
  slicingArguments: ['first', 'last'],
  sizedFields: ['edges', 'nodes'],
  requireOneSlicingArgument: false,
};

/** A list without pages that has at most `MOST_CANDIDATES` promo codes. */
export const CANDIDATES_SIZE = {
  assumedSize: MOST_CANDIDATES,
  slicingArguments: [],
  sizedFields: [],
  requireOneSlicingArgument: false,
};

/** A list without pages that has at most `MOST_CHANGES` changes. */
export const HISTORY_SIZE = { ...CANDIDATES_SIZE, assumedSize: MOST_CHANGES };

/** The tag of fields for merchants, which a contract schema for checkout pages leaves out. */
export const OPERATOR: Tag = { name: 'operator' };

/** The tag of what shows data of persons or of the merchant, which a contract schema for the public leaves out. */
export const PERSONAL: Tag = { name: 'personal' };

/** Both tags, as a list: an object holds each directive once. */
export const OPERATOR_AND_PERSONAL: { name: 'tag'; args: Tag }[] = [
  { name: 'tag', args: OPERATOR },
  { name: 'tag', args: PERSONAL },
];
