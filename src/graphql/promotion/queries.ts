import type { ObjectRef } from '@pothos/core';
import { PROVIDERS, type Promotion } from '../../domain/promotion/promotion.ts';
import { listUntil, type PromotionConditions, type PromotionQuery } from '../../gateway/lists/list-promotions.ts';
import type { List } from '../../gateway/lists/paged-list.ts';
import { promotionIdAt } from '../../gateway/reading/read-promotion.ts';
import type { builder } from '../builder.ts';
import type { RequestContext } from '../context.ts';
import { READ_COST } from '../federation/directives.ts';
import { GATEWAY_ID } from '../input-limits/limits.ts';
import { ProviderEnum } from '../provider/type.ts';
import { compact } from '../shared/input-values.ts';
import { connectionOf, type PagingArguments } from '../shared/list-connection.ts';
import { policyArgument } from './inputs.ts';

type SchemaTypes = typeof builder.$inferSchemaTypes;
type QueryFields = PothosSchemaTypes.QueryFieldBuilder<SchemaTypes, SchemaTypes['Root']>;

/** A kind of promotion, and its type in the schema. */
interface PromotionKind {
  kind: Promotion['kind'];
  type: ObjectRef<SchemaTypes, Promotion>;
}

/** The query for one promotion by its id. */
export function promotionById(t: QueryFields, { kind, type }: PromotionKind, description: string) {
  return t.field({
    directives: { cost: READ_COST },
    type,
    nullable: true,
    description,
    args: {
      id: t.arg.id({ ...GATEWAY_ID, required: true, description: 'The id.' }),
      policy: t.arg(policyArgument),
    },
    resolve: async (_, { id, policy }, { load }) => {
      const promotion = await load.promotion(policy ?? 'CACHED').load(id);
      return promotion?.kind === kind ? promotion : null;
    },
  });
}

/** The query for one promotion by the id that its provider gave it. */
export function promotionByProviderId(t: QueryFields, { kind, type }: PromotionKind, description: string) {
  return t.field({
    directives: { cost: READ_COST },
    type,
    nullable: true,
    description,
    args: {
      provider: t.arg({ type: ProviderEnum, required: true, description: 'The provider.' }),
      account: t.arg.id({ description: "The provider account. Default: the provider's first." }),
      providerId: t.arg.id({ required: true, description: "The provider's id." }),
      policy: t.arg(policyArgument),
    },
    resolve: async (_, { policy, ...wanted }, { gateway, load }) => {
      const id = promotionIdAt(gateway, { kind, ...compact(wanted) });
      const promotion = id === null ? null : await load.promotion(policy ?? 'CACHED').load(id);
      return promotion?.kind === kind ? promotion : null;
    },
  });
}

/** A page of a list of promotions. */
export async function promotionPage<Shown extends Promotion>(
  { gateway, caching, rows: budget }: RequestContext,
  list: (gateway: RequestContext['gateway'], query: PromotionQuery) => List<Shown>,
  { conditions, sort }: { conditions: PromotionConditions; sort: PromotionQuery['sort'] | null | undefined },
  paging: PagingArguments,
) {
  const { page, ...rest } = list(gateway, { conditions, sort: sort ?? 'CREATED_AT_DESC', budget });
  const reported: List<Shown> = {
    ...rest,
    page: async (slice) => {
      const read = await page(slice);
      for (const { item } of read.entries) caching.dependsOn(item);
      return read;
    },
  };
  const connection = await connectionOf(reported, paging);
  caching.lists(conditions.providers ?? PROVIDERS, await listUntil(gateway, conditions));
  return connection;
}
