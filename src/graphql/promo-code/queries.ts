import { GraphQLError } from 'graphql';
import { listPromoCodes } from '../../gateway/lists/list-promotions.ts';
import { findPromoCode } from '../../gateway/reading/find-promo-code.ts';
import { lookupBasis } from '../../gateway/reading/lookup-basis.ts';
import { builder } from '../builder.ts';
import { OPERATOR, PAGE_SIZE, READ_COST } from '../federation/directives.ts';
import { CODE } from '../input-limits/limits.ts';
import { CONDITION_VALUES, policyArgument, SortEnum } from '../promotion/inputs.ts';
import { promotionById, promotionByProviderId, promotionPage } from '../promotion/queries.ts';
import { ProviderEnum } from '../provider/type.ts';
import { compact, toInstant } from '../shared/input-values.ts';
import { PromoCodeFilterInput } from './inputs.ts';
import { PromoCodeConnection, PromoCodeRef } from './type.ts';

/** For a developer: the caller may read, so it can choose. */
const AMBIGUOUS = 'Several promo codes have this text: name the provider or the account';

const PROMO_CODE = { kind: 'PromoCode', type: PromoCodeRef } as const;

builder.queryFields((t) => ({
  promoCode: promotionById(t, PROMO_CODE, 'A promo code by its id. Null: there is none.'),
  promoCodeByCode: t.field({
    directives: { cost: READ_COST },
    type: PromoCodeRef,
    nullable: true,
    description:
      'The promo code with this code: the one that can be redeemed now, otherwise the newest. If several can be redeemed, the error AMBIGUOUS_CODE, which lists them in `extensions.candidates`. At a provider that cannot look codes up, only codes that the gateway has stored are found.',
    args: {
      code: t.arg.string({ ...CODE, required: true, description: 'What the customer typed.' }),
      provider: t.arg({ type: ProviderEnum, description: 'Searches only this provider. Default: all.' }),
      account: t.arg.id({ description: 'Searches only this account. Default: all.' }),
      policy: t.arg(policyArgument),
    },
    resolve: async (_, { policy, ...wanted }, { gateway, caching }) => {
      const lookup = { customerId: null, ...compact(wanted) };
      const readBy = policy ?? 'CACHED';
      const found = await findPromoCode(gateway, lookup, readBy);
      if (found.kind === 'AMBIGUOUS') {
        const candidates = found.candidates.map(({ id, provider, account, code }) => ({ id, provider, account, code }));
        throw new GraphQLError(AMBIGUOUS, { extensions: { code: 'AMBIGUOUS_CODE', candidates } });
      }
      if (found.kind === 'UNKNOWN' && found.failure) throw found.failure;
      const { texts, considered, until } = lookupBasis(gateway, lookup, found.known, readBy);
      caching.looksUp(texts, until);
      for (const promoCode of considered) caching.dependsOn(promoCode);
      if (found.kind === 'UNKNOWN') return null;
      caching.shows(found.promoCode, readBy);
      return found.promoCode;
    },
  }),
  promoCodeByProviderId: promotionByProviderId(
    t,
    PROMO_CODE,
    "A promo code by the provider's id. The gateway stores it, if it has not yet. Null: the provider has none with this id.",
  ),
  promoCodes: t.connection(
    {
      directives: { listSize: PAGE_SIZE, tag: OPERATOR },
      type: PromoCodeRef,
      nullable: true,
      description: 'Promo codes as the gateway has stored them, newest first unless `orderBy` says otherwise.',
      args: {
        filter: t.arg({ type: PromoCodeFilterInput, description: 'The conditions of the list.' }),
        orderBy: t.arg({ type: SortEnum, description: 'The order. Default: CREATED_AT_DESC.' }),
      },
      resolve: (_, { filter, orderBy: sort, ...paging }, context) => {
        const values = { ...CONDITION_VALUES, expiresBefore: toInstant };
        const { provider: providers, account: accounts, status: statuses, ...rest } = compact(filter, values);
        const conditions = { providers, accounts, statuses, ...rest };
        return promotionPage(context, listPromoCodes, { conditions, sort }, paging);
      },
    },
    ...PromoCodeConnection,
  ),
}));
