import type { Json } from '../support/start-gateway.ts';
import type { Target } from './target.ts';

/** The measurements of an honest client. */
export interface Experience {
  /** The latencies of successful redemptions in milliseconds, shortest first. */
  latencies: number[];
  /** The other answers, with their numbers. */
  failures: Map<string, number>;
}

const REDEEM = `mutation ($input: RedeemPromoCodeInput!) {
  redeemPromoCode(input: $input) {
    ... on RedeemPayload { redemption { status } }
    ... on RedemptionRefusedError { reason }
    ... on PromotionError { __typename }
  }
}`;

let orders = 0;

/** Redeems one use after the other until `isOver`, like a checkout with one customer at a time. */
export async function redeemUntil(target: Target, isOver: () => boolean): Promise<Experience> {
  const latencies: number[] = [];
  const failures = new Map<string, number>();
  while (!isOver()) {
    const begun = performance.now();
    const failure = await redeem(target);
    if (failure === null) latencies.push(performance.now() - begun);
    else failures.set(failure, (failures.get(failure) ?? 0) + 1);
  }
  return { latencies: latencies.sort((one, other) => one - other), failures };
}

/** Redeems once. Returns null on success, otherwise a description of the answer. */
async function redeem({ process, header }: Target): Promise<string | null> {
  orders += 1;
  const input = {
    code: 'honest',
    customerId: `cus_${orders}`,
    order: { id: `order-${orders}`, amount: { minorUnits: 5000, currency: 'USD' } },
    idempotencyKey: `honest-${orders}`,
  };
  try {
    const { data, errors } = await process.send(REDEEM, { input }, header('honest'));
    const answer: Json = data?.redeemPromoCode;
    if (answer?.redemption?.status === 'REDEEMED') return null;
    return answer?.reason ?? answer?.__typename ?? errors?.[0]?.extensions?.code ?? 'NO_ANSWER';
  } catch (error) {
    return error instanceof Error ? error.message.slice(0, 60) : 'NO_ANSWER';
  }
}
