/** The tabs that create a promo code at each provider: what a code can have depends on the provider. */
export const creationTabs: { query: string }[] = [
  {
    query: `# Duro keeps the terms on the code itself.
mutation CreateOnDuro {
  createPromoCode(
    input: {
      provider: DURO
      code: "LAUNCH50"
      discount: { percentage: "50" }
      maxRedemptions: 100
      idempotencyKey: "create-launch50"
    }
  ) {
    ... on CreatePromoCodePayload {
      replayed
      promoCode {
        id
        code
        status
        remaining
        discount { ... on PercentageDiscount { percentage } }
      }
    }
    ... on PromotionError { message }
    ... on PromotionInputError { issues { path message } }
  }
}
`,
  },
  {
    query: `# Flexprice takes fractions of a percent
# and a start date. It stores codes in lower case.
mutation CreateOnFlexprice {
  createPromoCode(
    input: {
      provider: FLEXPRICE
      code: "SPRING"
      discount: { percentage: "12.5" }
      duration: { kind: REPEATING, count: 3 }
      startsAt: "2026-01-01T00:00:00Z"
      idempotencyKey: "create-spring"
    }
  ) {
    ... on CreatePromoCodePayload {
      replayed
      promoCode {
        id
        code
        status
        startsAt
        duration { kind count unit }
      }
    }
    ... on PromotionError { message }
    ... on UnsupportedByProviderError { fields }
  }
}
`,
  },
  {
    query: `# Stripe can state a fixed discount in several
# currencies. Amounts are in the smallest unit: cents, yen.
mutation CreateOnStripe {
  createPromoCode(
    input: {
      provider: STRIPE
      code: "FIVER"
      discount: {
        amount: { minorUnits: 500, currency: "USD" }
      }
      currencyOptions: [
        { minorUnits: 450, currency: "EUR" }
        { minorUnits: 750, currency: "JPY" }
      ]
      idempotencyKey: "create-fiver"
    }
  ) {
    ... on CreatePromoCodePayload {
      replayed
      promoCode {
        id
        code
        discount {
          ... on FixedDiscount {
            amount { amount currency }
            currencyOptions { amount currency }
          }
        }
      }
    }
    ... on PromotionError { message }
    ... on UnsupportedByProviderError { fields }
  }
}
`,
  },
  {
    query: `# Finds a code at Stripe by its text, in any letter
# case. Nothing has to be synchronised first.
query FindOnStripe {
  promoCodeByCode(
    code: "fiver"
    provider: STRIPE
    policy: FRESH
  ) {
    code
    status
    coupon { id name }
    freshness { asOf stale }
  }
}
`,
  },
  {
    query: `# A code at Stripe needs a coupon. If you give
# a discount, the gateway creates the coupon first.
# Amounts are in cents.
mutation CreateOnStripeConnect {
  createPromoCode(
    input: {
      provider: STRIPE_CONNECT
      code: "TENOFF"
      discount: {
        amount: { minorUnits: 1000, currency: "USD" }
      }
      minimumOrder: { minorUnits: 5000, currency: "USD" }
      perCustomerLimit: 1
      idempotencyKey: "create-tenoff"
    }
  ) {
    ... on CreatePromoCodePayload {
      replayed
      promoCode {
        id
        code
        gatewayRules
        minimumOrder { amount currency }
        coupon { id name }
      }
    }
    ... on PromotionError { message }
    ... on PromotionProviderError { kind coupon { id } }
  }
}
`,
  },
];
