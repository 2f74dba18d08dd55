import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { graphql } from './generated/index.ts';
import generated from './generated/possible-types.ts';

/* A checkout page with Apollo Client. It knows no key, no customer, no order and no hold: its server adds them. */

export const Quote = graphql(`
  query QuoteForOrder($code: String!, $customerId: ID, $order: RedemptionOrderInput) {
    quotePromoCode(input: { code: $code, customerId: $customerId, order: $order }) {
      ... on PromoCodeQuote {
        refusal { reason }
        promoCode { id remaining }
        discountAmount { amount currency }
      }
      ... on PromotionInputError { issues { path code } }
      ... on PromotionError { message }
    }
  }
`);

export const Hold = graphql(`
  mutation HoldForOrder($code: String!, $customerId: ID, $order: RedemptionOrderInput, $key: String!) {
    holdPromoCode(input: { code: $code, customerId: $customerId, order: $order, idempotencyKey: $key }) {
      ... on RedeemPayload { redemption { ...Held } }
      ... on RedemptionRefusedError { reason retryAfterSeconds }
      ... on PromotionError { message }
    }
  }

  fragment Held on Redemption {
    id
    status
    heldUntil
    discountAmount { amount currency }
    promotion { id remaining }
  }
`);

export const Cancel = graphql(`
  mutation CancelHold($holdId: ID!, $key: String!) {
    cancelRedemption(input: { id: $holdId, idempotencyKey: $key }) {
      ... on RedeemPayload { redemption { ...Held } }
      ... on PromotionConflictError { currentRedemption { ...Held } }
      ... on PromotionError { message }
    }
  }
`);

/** For the server, when the payment has succeeded. A page must not send it. */
export const Confirm = graphql(`
  mutation ConfirmOrder($holdId: ID!, $orderAmount: PromotionMoneyInput, $key: String!) {
    confirmRedemption(input: { id: $holdId, orderAmount: $orderAmount, idempotencyKey: $key }) {
      ... on RedeemPayload { redemption { ...Held } }
      ... on RedemptionRefusedError { reason }
      ... on PromotionConflictError { currentRedemption { ...Held } }
      ... on PromotionError { message }
    }
  }
`);

/** The hash that graphql-codegen wrote into a document and into `persisted-documents.json`. */
export function hashOf(document: object): string {
  const meta: unknown = '__meta__' in document ? document.__meta__ : undefined;
  const hash = typeof meta === 'object' && meta !== null && 'hash' in meta ? meta.hash : undefined;
  if (typeof hash !== 'string') throw new Error('The operation was not generated');
  return hash;
}

/** @param possibleTypes without them, Apollo Client drops what is selected on an interface such as `PromotionError` */
export function createPageClient(
  url: string,
  possibleTypes: { [name: string]: string[] } | undefined = generated.possibleTypes,
): ApolloClient {
  const byHash = new PersistedQueryLink({ generateHash: hashOf });
  return new ApolloClient({
    link: byHash.concat(new HttpLink({ uri: url })),
    cache: new InMemoryCache({ possibleTypes }),
    // A quote depends on the order, which is not among the page's variables.
    defaultOptions: { query: { fetchPolicy: 'network-only' }, watchQuery: { fetchPolicy: 'network-only' } },
  });
}

/** The page's own words. A reason that it does not know yet has the words for all others. */
const WORDS: Record<string, string> = {
  MINIMUM_NOT_MET: 'Der Bestellwert reicht für diesen Code noch nicht.',
  TOO_MANY_ATTEMPTS: 'Zu viele Versuche. Bitte warte einen Moment.',
};

export function wordsFor(reason: string): string {
  return WORDS[reason] ?? 'Dieser Code kann nicht verwendet werden.';
}
