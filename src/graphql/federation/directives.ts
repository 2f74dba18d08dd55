/*
 * What an operation is reckoned by, published as @cost and @listSize so that a router can judge it before it is sent. An
 * object counts 1 and a mutation 10, as the directives' specification has it; here is what costs something else.
 */

/** The directives of Apollo Federation that the schema speaks in (specs.apollo.dev/federation/v2.9). */
export type FederationDirectives = {
  key: { locations: 'OBJECT'; args: { fields: string } };
  shareable: { locations: 'OBJECT'; args: Record<string, never> };
  tag: { locations: 'FIELD_DEFINITION'; args: { name: string } };
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

/** Something that other subgraphs may refer to by its id. */
export const ENTITY = { key: { fields: 'id' } };

/** A read that may have to ask a provider. */
export const READ_COST = { weight: 5 };

/** Up to 10,000 rows of a list are counted, or looked at. */
export const COUNT_COST = { weight: 40 };

/** A JSON object may make an answer larger by 25 KB. */
export const METADATA_COST = { weight: 20 };

/** The SDL makes an answer larger by the size of the whole schema, as introspection does. */
export const SDL_COST = { weight: 1000 };

/** A list is as long as its page: what is asked for, or what a page has when nothing is. */
export const PAGE_SIZE = {
  assumedSize: 50,
  slicingArguments: ['first', 'last'],
  sizedFields: ['edges', 'nodes'],
  requireOneSlicingArgument: false,
};

/** Fields for those who run promotions, which a contract for checkout pages leaves out. */
export const OPERATOR = { name: 'operator' };
