/** The tabs that GraphiQL opens with: the steps of docs/quick-start.md. Each is safe to run again. */
export const tabs: { query: string }[] = [
  {
    query: `# What this gateway is connected to.
# Run it with Ctrl-Enter, then try the other tabs.
query Providers {
  providers {
    provider
    state
    accounts { account mode }
    operations
  }
}
`,
  },
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
    query: `# A Stripe promotion code needs a coupon. If you give
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
  {
    query: `# What redeeming would do. Nothing is written.
# Amounts are in kobo: 250000 is 2,500 naira.
query Quote {
  quotePromoCode(
    input: {
      code: " launch50 "
      customerId: "cus_1"
      order: {
        id: "order-1"
        amount: { minorUnits: 250000, currency: "NGN" }
      }
    }
  ) {
    ... on PromoCodeQuote {
      eligible
      refusal { reason message }
      discountAmount { amount currency }
      payableAmount { amount currency }
    }
    ... on PromotionError { message }
  }
}
`,
  },
  {
    query: `# A hold keeps one use for this order. It ends after
# 15 minutes unless you confirm, cancel or redeem it.
mutation Hold {
  holdPromoCode(
    input: {
      code: "LAUNCH50"
      customerId: "cus_1"
      order: {
        id: "order-1"
        amount: { minorUnits: 250000, currency: "NGN" }
      }
      idempotencyKey: "hold-order-1"
    }
  ) {
    ... on RedeemPayload {
      replayed
      redemption {
        id
        status
        heldUntil
        promotion { heldCount remaining }
      }
    }
    ... on RedemptionRefusedError { reason message }
    ... on PromotionError { message }
  }
}
`,
  },
  {
    query: `# The order's hold becomes its redemption.
# Run it again: it is the same redemption, replayed.
mutation Redeem {
  redeemPromoCode(
    input: {
      code: "LAUNCH50"
      customerId: "cus_1"
      order: {
        id: "order-1"
        amount: { minorUnits: 250000, currency: "NGN" }
      }
      idempotencyKey: "redeem-order-1"
    }
  ) {
    ... on RedeemPayload {
      replayed
      redemption {
        id
        status
        discountAmount { amount currency }
        promotion { redeemedCount remaining }
      }
    }
    ... on RedemptionRefusedError { reason message }
    ... on PromotionError { message }
  }
}
`,
  },
  {
    query: `# All promo codes that the gateway knows, newest first.
query List {
  promoCodes(first: 10) {
    totalCount
    nodes {
      code
      provider
      status
      redeemedCount
      remaining
      freshness { asOf stale }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`,
  },
  {
    query: `# Leave it running, and redeem for another order from
# elsewhere. Switching tabs here ends it.
subscription Live {
  redemptionChanged {
    id
    status
    promotion {
      ... on PromoCode { code }
      redeemedCount
      remaining
    }
  }
}
`,
  },
];
