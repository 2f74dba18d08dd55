import { graphql } from 'relay-runtime';

/* A list that Relay pages through, rows that it refetches by id, and a mutation whose result updates them. */

export const list = graphql`
  query promoCodeListQuery($count: Int!, $cursor: String) {
    ...promoCodeList_codes @arguments(count: $count, cursor: $cursor)
  }
`;

export const codes = graphql`
  fragment promoCodeList_codes on Query
  @refetchable(queryName: "promoCodeListPaginationQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" }) {
    promoCodes(first: $count, after: $cursor, orderBy: CREATED_AT_DESC) @connection(key: "promoCodeList_promoCodes") {
      edges { node { id ...promoCodeList_row } }
    }
  }
`;

export const row = graphql`
  fragment promoCodeList_row on PromoCode @refetchable(queryName: "promoCodeListRowQuery") {
    code
    remaining
    discount { __typename ... on PercentageDiscount { percentage } ... on FixedDiscount { amount { amount } } }
    redemptions(first: 5) { nodes { id status } }
  }
`;

export const create = graphql`
  mutation promoCodeListCreateMutation($input: CreatePromoCodeInput!, $connections: [ID!]!) {
    createPromoCode(input: $input) {
      ... on CreatePromoCodePayload {
        promoCode @prependNode(connections: $connections, edgeTypeName: "PromoCodeEdge") { ...promoCodeList_row }
      }
      ... on PromotionError { message }
    }
  }
`;

export const live = graphql`
  subscription promoCodeListSubscription($id: ID!) {
    promoCodeChanged(id: $id) { ...promoCodeList_row }
  }
`;
