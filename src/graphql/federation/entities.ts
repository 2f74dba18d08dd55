import { GraphQLError } from 'graphql';
import { z } from 'zod';
import { ENTITY_RULES, forbidden, hasAnyScope } from '../../auth/access-rules.ts';
import type { Promotion } from '../../domain/promotion/promotion.ts';
import type { Redemption } from '../../domain/redemption/redemption.ts';
import type { EntityReference } from '../../gateway/attempts/entity-refusals.ts';
import { hiddenReason } from '../../gateway/attempts/look-up-blindly.ts';
import { builder } from '../builder.ts';
import type { RequestContext } from '../context.ts';
import { CouponRef } from '../coupon/type.ts';
import { MAX_OBJECTS } from '../input-limits/limits.ts';
import { PromoCodeRef } from '../promo-code/type.ts';
import { RedemptionRef } from '../redemption/type.ts';
import { ID_FAULT, idText } from '../scalars/id-text.ts';
import { cacheTagsOf } from '../shared/cache-tags.ts';
import { refusalError } from '../shared/refusal-error.ts';
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

builder.queryFields((t) => ({
  _service: t.field({
    type: Service,
    description: `This subgraph. Refused while the setting \`SUBGRAPH_SDL\` is 0; its default is the value of \`INTROSPECTION\`. ${ROUTER}`,
    resolve: (_, __, { subgraphSdl }) => ({ sdl: subgraphSdl }),
  }),
  _entities: t.field({
    type: [Entity],
    nullable: { list: false, items: true },
    description: `Several entities, in the order of the representations. Null: there is none, or the caller may not see it. Without the scope \`read\`, a caller sees promo codes that it can quote, their coupons, and with \`redeem\` its own redemptions; to look up another id is a failed attempt, and after too many of them the error has the code \`TOO_MANY_ATTEMPTS\`. ${ROUTER}`,
    directives: { cost: READ_COST },
    args: {
      representations: t.arg({
        type: ['_Any'],
        required: true,
        maxEntries: MAX_OBJECTS,
        description: 'The references to the entities.',
      }),
    },
    resolve: (_, { representations }, context) => {
      const tags = representations.map((): string[] => []);
      context.entityTags.push(tags);
      return representations.map(async (representation, index) => {
        const reference = referenceOf(representation);
        const { id } = reference;
        const entity = await entityOf(reference, context);
        tags[index] = cacheTagsOf(entity?.kind === 'PromoCode' && entity.couponId ? [id, entity.couponId] : [id]);
        return entity;
      });
    },
  }),
}));

/** @throws {GraphQLError} for a value that no entity is referenced by */
function referenceOf(value: unknown): EntityReference {
  const parsed = representation.safeParse(value);
  if (!parsed.success) throw badRepresentation('A representation needs the __typename of an entity, and its id');
  const id = idText(parsed.data.id);
  if (id === null) throw badRepresentation(`ID must be ${ID_FAULT}`);
  return { kind: parsed.data.__typename, id };
}

/** The entity of a reference; null: there is none, or the caller may not see it. */
async function entityOf(reference: EntityReference, context: RequestContext): Promise<Promotion | Redemption | null> {
  const { load, redeemer, quotedCustomers, caching } = context;
  const { kind, id } = reference;
  if (!redeemer.mayRead) {
    // Each look-up is to count, and what a caller sees depends on its customer.
    caching.forbid();
    if (!(await isShown(reference, context))) return null;
  }
  const found = await (kind === 'Redemption' ? load.redemption : load.promotion('CACHED')).load(id);
  if (found?.kind !== kind) return null;
  // Its provider may have reported a newer state since the stored one was judged.
  const isHidden = found.kind !== 'Redemption' && !redeemer.mayRead && hiddenReason(found, quotedCustomers) !== null;
  return isHidden ? null : found;
}

/**
 * Whether a caller without the scope `read` may see an entity.
 * @throws {GraphQLError} FORBIDDEN without a scope for this kind, TOO_MANY_ATTEMPTS after the limit
 */
async function isShown(reference: EntityReference, { load, scopes }: RequestContext): Promise<boolean> {
  const rule = ENTITY_RULES[reference.kind];
  if (!hasAnyScope({ scopes }, rule)) {
    // Without the status 403: the other entities are answered.
    const { message } = forbidden([{ name: reference.kind, scopes: rule }]);
    throw new GraphQLError(message, { extensions: { code: 'FORBIDDEN' } });
  }
  const refused = await load.entityRefusal.load(reference);
  if (refused?.reason === 'TOO_MANY_ATTEMPTS') throw refusalError(refused);
  return refused === null;
}

function badRepresentation(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}
