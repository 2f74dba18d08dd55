import { creationTabs } from './creation-tabs.ts';

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
  ...creationTabs,
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
