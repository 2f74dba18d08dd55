import { GraphQLError } from 'graphql';
import { z } from 'zod';
import type { Promotion } from '../../domain/promotion/promotion.ts';
import type { Redemption } from '../../domain/redemption/redemption.ts';
import { builder } from '../builder.ts';
import type { RequestContext } from '../context.ts';
import { CouponRef } from '../coupon/type.ts';
import { MAX_OBJECTS } from '../input-limits/limits.ts';
import { PromoCodeRef } from '../promo-code/type.ts';
import { RedemptionRef } from '../redemption/type.ts';
import { ID_FAULT, idText } from '../scalars/id-text.ts';
import { cacheTagsOf } from '../shared/cache-tags.ts';
import { READ_COST, SDL_COST } from './directives.ts';

/*
 * The fields that routers query in a subgraph (specs.apollo.dev/federation/v2.9): its schema, and its entities by their
 * ids. Handwritten because @pothos/plugin-federation does not load with the MIT-licensed releases of @apollo/subgraph, and
 * earlier releases depend on a package under the Elastic licence.
 */

const ROUTER = 'For routers.';

const representation = z.object({
  __typename: z.enum(['PromoCode', 'Coupon', 'Redemption']),
  id: z.union([z.string(), z.number()]),
});

builder.scalarType('_Any', {
  description: `A reference of another subgraph to an entity: its type and its id. ${ROUTER}`,
  serialize: (value) => value,
  parseValue: (value) => value,
});

const Entity = builder.unionType('_Entity', {
  description: `An object that other subgraphs can reference. ${ROUTER}`,
  types: [PromoCodeRef, CouponRef, RedemptionRef],
  resolveType: ({ kind }) => kind,
});

const Service = builder.objectRef<{ sdl: string }>('_Service').implement({
  description: `This subgraph. ${ROUTER}`,
  fields: (t) => ({
    sdl: t.exposeString('sdl', {
      directives: { cost: SDL_COST },
      description: 'Its schema with its federation directives.',
    }),
  }),
});

/** The schema for routers. schema.ts sets it once the schema is built. */
export const subgraph = { sdl: '' };

builder.queryFields((t) => ({
  _service: t.field({
    type: Service,
    description: `This subgraph. Refused while the setting \`SUBGRAPH_SDL\` is 0; its default is the value of \`INTROSPECTION\`. ${ROUTER}`,
    resolve: () => subgraph,
  }),
  _entities: t.field({
    type: [Entity],
    nullable: { list: false, items: true },
    description: `Several entities, in the order of the representations. Null: there is none. ${ROUTER}`,
    directives: { cost: READ_COST },
    args: {
      representations: t.arg({
        type: ['_Any'],
        required: true,
        maxEntries: MAX_OBJECTS,
        description: 'The references to the entities.',
      }),
    },
    resolve: (_, { representations }, { load, entityTags }) => {
      const tags = representations.map((): string[] => []);
      entityTags.push(tags);
      return representations.map(async (one, index) => {
        const { id, entity } = await entityOf(one, load);
        tags[index] = cacheTagsOf(entity?.kind === 'PromoCode' && entity.couponId ? [id, entity.couponId] : [id]);
        return entity;
      });
    },
  }),
}));

/** The id of a representation, and its entity; null: there is none. */
async function entityOf(
  known: unknown,
  load: RequestContext['load'],
): Promise<{ id: string; entity: Promotion | Redemption | null }> {
  const parsed = representation.safeParse(known);
  if (!parsed.success) throw badRepresentation('A representation needs the __typename of an entity, and its id');
  const kind = parsed.data.__typename;
  const id = idText(parsed.data.id);
  if (id === null) throw badRepresentation(`ID must be ${ID_FAULT}`);
  const found = await (kind === 'Redemption' ? load.redemption : load.promotion.CACHED).load(id);
  return { id, entity: found?.kind === kind ? found : null };
}

function badRepresentation(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}
