import { GraphQLError } from 'graphql';
import { findPromoCode } from '../../gateway/reading/find-promo-code.ts';
import { readByProviderId, readPromotion } from '../../gateway/reading/read-promotion.ts';
import { builder } from '../builder.ts';
import { OPERATOR, PAGE_SIZE, READ_COST } from '../federation/directives.ts';
import { CODE, GATEWAY_ID } from '../input-limits/limits.ts';
import { ProviderEnum } from '../provider/type.ts';
import { toGivenInstant } from '../shared/inputs.ts';
import { refusalMessage } from '../shared/messages.ts';
import { isPromoCode, policyArgument, promotionPage, SortEnum, toSharedFilter } from '../shared/promotion-lists.ts';
import { PromoCodeFilterInput } from './inputs.ts';
import { PromoCodeConnection, PromoCodeEdge, PromoCodeRef } from './type.ts';

builder.queryFields((t) => ({
  promoCode: t.field({
    directives: { cost: READ_COST },
    type: PromoCodeRef,
    nullable: true,
    description: 'A promo code by its id; null for an id that is not one.',
    args: {
      id: t.arg.id({ ...GATEWAY_ID, required: true, description: 'The id.' }),
      policy: t.arg(policyArgument),
    },
    resolve: async (_, { id, policy }, { gateway }) => {
      const promoCode = await readPromotion(gateway, id, policy ?? 'CACHED');
      return isPromoCode(promoCode) ? promoCode : null;
    },
  }),
  promoCodeByCode: t.field({
    directives: { cost: READ_COST },
    type: PromoCodeRef,
    nullable: true,
    description:
      'The promo code that a customer means: the one that can be redeemed now, else the newest with this text. Several that can: an error AMBIGUOUS_CODE. At a provider that cannot look codes up, only codes that were created or read through the gateway are found.',
    args: {
      code: t.arg.string({ ...CODE, required: true, description: 'What the customer typed.' }),
      provider: t.arg({ type: ProviderEnum, description: 'Where to look. Absent: everywhere.' }),
      account: t.arg.id({ description: 'Where to look. Absent: in all accounts.' }),
      policy: t.arg(policyArgument),
    },
    resolve: async (_, { code, provider, account, policy }, { gateway }) => {
      const lookup = { code, provider: provider ?? undefined, account: account ?? undefined, customerId: null };
      const found = await findPromoCode(gateway, lookup, policy ?? 'CACHED');
      if (found.kind === 'FOUND') return found.promoCode;
      if (found.kind === 'AMBIGUOUS') {
        throw new GraphQLError(refusalMessage.AMBIGUOUS_CODE, { extensions: { code: 'AMBIGUOUS_CODE' } });
      }
      if (found.failure) throw found.failure;
      return null;
    },
  }),
  promoCodeByProviderId: t.field({
    directives: { cost: READ_COST },
    type: PromoCodeRef,
    nullable: true,
    description: "A promo code by the provider's own id, which also takes it in; null where the provider has none.",
    args: {
      provider: t.arg({ type: ProviderEnum, required: true, description: 'The provider.' }),
      account: t.arg.id({ description: "The account. Absent: the provider's first." }),
      providerId: t.arg.id({ required: true, description: 'The id at the provider.' }),
      policy: t.arg(policyArgument),
    },
    resolve: async (_, { provider, account, providerId, policy }, { gateway }) => {
      const wanted = { kind: 'PromoCode' as const, provider, account: account ?? undefined, providerId };
      const promoCode = await readByProviderId(gateway, wanted, policy ?? 'CACHED');
      return isPromoCode(promoCode) ? promoCode : null;
    },
  }),
  promoCodes: t.connection(
    {
      directives: { listSize: PAGE_SIZE, tag: OPERATOR },
      type: PromoCodeRef,
      nullable: true,
      description: 'Promo codes, newest first unless told otherwise, from what the gateway holds.',
      args: {
        filter: t.arg({ type: PromoCodeFilterInput, description: 'What to narrow the list to.' }),
        orderBy: t.arg({ type: SortEnum, description: 'The order. Absent: CREATED_AT_DESC.' }),
      },
      resolve: (_, { filter, orderBy, ...paging }, context) =>
        promotionPage(
          context,
          {
            paging,
            sort: orderBy ?? 'CREATED_AT_DESC',
            filter: {
              kind: 'PromoCode',
              ...toSharedFilter(filter),
              code: filter?.code ?? undefined,
              codePrefix: filter?.codePrefix ?? undefined,
              couponId: filter?.couponId ?? undefined,
              expiresBefore: toGivenInstant(filter?.expiresBefore),
            },
          },
          isPromoCode,
        ),
    },
    PromoCodeConnection,
    PromoCodeEdge,
  ),
}));
