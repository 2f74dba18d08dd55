import type { ResultOf, TypedDocumentNode } from '@graphql-typed-document-node/core';
import { graphql } from './generated/index.ts';

/* What a checkout page does with a promo code: shows what it would take off, holds it, and redeems it. */

export const QuoteDocument = graphql(`
  query Quote($input: QuotePromoCodeInput!) {
    quotePromoCode(input: $input) {
      __typename
      ... on PromoCodeQuote {
        eligible
        discountAmount { ...Amount }
        payableAmount { ...Amount }
        refusal { reason message shortfall { ...Amount } }
        promoCode { id code remaining expiresAt discount { ...Discount } }
      }
      ... on PromotionError { message }
    }
  }

  fragment Amount on PromotionMoney { minorUnits amount currency }

  fragment Discount on PromotionDiscount {
    __typename
    ... on PercentageDiscount { percentage }
    ... on FixedDiscount { amount { ...Amount } }
  }
`);

export const RedeemDocument = graphql(`
  mutation Redeem($input: RedeemPromoCodeInput!) {
    redeemPromoCode(input: $input) {
      __typename
      ... on RedeemPayload { replayed redemption { id status promotion { id remaining } } }
      ... on RedemptionRefusedError { reason message retryAfterSeconds }
      ... on PromotionInputError { issues { path message } }
      ... on PromotionError { message }
    }
  }
`);

type Quote = ResultOf<typeof QuoteDocument>['quotePromoCode'];

/** What the page says about a code. `__typename` discriminates the members of the union. */
export function sayQuote(quote: Quote): string {
  if (quote?.__typename === 'PromotionInputError') return quote.message;
  if (quote?.__typename !== 'PromoCodeQuote') return 'Try again in a moment';
  if (quote.refusal) return `${quote.refusal.reason}: ${quote.refusal.message}`;
  const { discountAmount, payableAmount, promoCode } = quote;
  const left = promoCode?.remaining ?? 'any number';
  const off =
    promoCode?.discount.__typename === 'PercentageDiscount' ? `${promoCode.discount.percentage} %` : 'an amount';
  return `${off} off: ${discountAmount?.amount} ${discountAmount?.currency}, ${payableAmount?.minorUnits} to pay, ${left} left`;
}

/** Sends an operation by its hash: the gateway knows its text. */
export async function send<Result, Variables>(
  url: string,
  document: TypedDocumentNode<Result, Variables>,
  variables: Variables,
): Promise<Result> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ documentId: hashOf(document), variables }),
  });
  const { data, errors } = await answer.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

function hashOf(document: object): unknown {
  const meta: unknown = '__meta__' in document ? document.__meta__ : undefined;
  return typeof meta === 'object' && meta !== null && 'hash' in meta ? meta.hash : undefined;
}
