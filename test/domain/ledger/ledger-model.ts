import type { Money } from '../../../src/domain/money/money.ts';

/* A simple model of the ledger: a list of uses, from which every answer is computed. */

export const CODES = ['two', 'once-each', 'free', 'alone'] as const;
export type Code = (typeof CODES)[number];

/**
 * Three promo codes of one coupon (one with its own limit, one with a limit per customer), and one with its own terms.
 */
export const TERMS: Record<Code, { max: number | null; perCustomer: number | null; hasCoupon: boolean }> = {
  two: { max: 2, perCustomer: null, hasCoupon: true },
  'once-each': { max: null, perCustomer: 1, hasCoupon: true },
  free: { max: null, perCustomer: null, hasCoupon: true },
  alone: { max: 3, perCustomer: null, hasCoupon: false },
};
export const COUPON_MAX = 5;
/** The discount of every promo code, in percent. */
export const PERCENTAGE = 10;

export interface ModelUse {
  id: string;
  code: Code;
  caller: string;
  customer: string | null;
  order: string | null;
  status: 'HELD' | 'REDEEMED' | 'CANCELLED' | 'EXPIRED';
  /** Null while the provider applies the use. */
  heldUntil: number | null;
  /** The hold that an application has replaced. */
  heldBefore: { until: number | null; customer: string | null } | null;
  /** The subscription that the provider applies it to, or has applied it to. */
  subscription: string | null;
  /** The moment when it was taken. */
  takenAt: number;
  /** The moment when the gateway learned that the provider counts it; null: it does not. */
  countedAt: number | null;
  /** The order amount that it was confirmed with, and the discount on it; null: no amount is known. */
  granted: { amount: Money; discount: Money } | null;
}

/** The provider's counts of a promo code and its coupon, in the answer to a read that was sent at a moment. */
export interface ModelRead {
  code: Code;
  at: number;
  /** PROOF: the repeat of an earlier answer. */
  as: 'READ' | 'PROOF';
  count: number;
  couponCount: number;
}

export interface Asked {
  code: Code;
  caller: string;
  customer: string | null;
  order: string | null;
}

export type Expected =
  | { kind: 'REPLAYED'; use: ModelUse }
  | { kind: 'CONFLICT_OF_KEY' }
  | { kind: 'NOT_APPLIED' }
  | { kind: 'IN_PROGRESS' }
  | { kind: 'REFUSED'; reason: string }
  | { kind: 'TAKEN'; own: ModelUse | undefined };

export class LedgerModel {
  now = 1_000_000;
  /** Increases with every command. */
  moment = 0;
  uses: ModelUse[] = [];
  keys = new Map<string, { meaning: string; id: string }>();
  /** All stored answers for each promo code and the coupon: the count, and the moment of arrival. */
  answers = new Map<Code | 'coupon', { at: number; count: number }[]>();
  /** Reads without an answer. */
  reading: ModelRead[] = [];

  constructor() {
    for (const code of [...CODES, 'coupon' as const]) this.answers.set(code, [{ at: 0, count: 0 }]);
  }

  active(): ModelUse[] {
    return this.uses.filter(({ status }) => status === 'HELD' || status === 'REDEEMED');
  }

  expire(): void {
    for (const use of this.uses) {
      if (use.status === 'HELD' && use.heldUntil !== null && use.heldUntil <= this.now) use.status = 'EXPIRED';
    }
  }

  /** How many uses of the gateway the provider counts. */
  countedOf(name: Code | 'coupon'): number {
    return this.usesOf(name).filter(({ countedAt }) => countedAt !== null).length;
  }

  redeemedOf(name: Code | 'coupon'): number {
    const uses = this.usesOf(name);
    const uncounted = uses.filter(({ status, countedAt }) => status === 'REDEEMED' && countedAt === null);
    const counted = uses.filter(({ countedAt }) => countedAt !== null);
    // Each answer proves its count, plus one for every counted use that was taken after it.
    const proven = (this.answers.get(name) ?? []).map(
      ({ at, count }) => count + counted.filter(({ takenAt }) => takenAt > at).length,
    );
    return Math.max(...proven) + uncounted.length;
  }

  heldOf(name: Code | 'coupon'): number {
    return this.usesOf(name).filter(({ status }) => status === 'HELD').length;
  }

  storeAnswer({ code, count, couponCount }: ModelRead): void {
    this.answers.get(code)?.push({ at: this.moment, count });
    if (TERMS[code].hasCoupon) this.answers.get('coupon')?.push({ at: this.moment, count: couponCount });
  }

  /** The answer for an idempotency key that was used before; null: it is unused. */
  byKey(key: string, meaning: string): Expected | null {
    const known = this.keys.get(key);
    if (!known) return null;
    const use = this.uses.find(({ id }) => id === known.id);
    if (known.meaning !== meaning || !use) return { kind: 'CONFLICT_OF_KEY' };
    return { kind: 'REPLAYED', use };
  }

  /** The expected answer to a request for a use, with or without a subscription. */
  verdict(asked: Asked, subscription: string | null = null): Expected {
    this.expire();
    const ofOrder = this.active().filter(
      ({ code, caller, order }) =>
        order !== null && code === asked.code && caller === asked.caller && order === asked.order,
    );
    const own =
      ofOrder.find(({ customer }) => customer === asked.customer) ?? ofOrder.find(({ customer }) => customer === null);
    if (own?.status === 'REDEEMED' && subscription !== null && own.subscription !== subscription) {
      return { kind: 'NOT_APPLIED' };
    }
    if (own?.status === 'REDEEMED') return this.customerRefusal(asked, own) ?? { kind: 'REPLAYED', use: own };
    if (own?.heldUntil === null) return { kind: 'IN_PROGRESS' };
    const refused = own ? this.customerRefusal(asked, own) : this.refusalOfNewUse(asked, ofOrder.length > 0);
    if (refused) return refused;
    return { kind: 'TAKEN', own };
  }

  /** The expected discount of a hold that is confirmed with an amount; null: its order has another currency. */
  discountOn({ id, caller, order }: ModelUse, { minorUnits, currency }: Money): Money | null {
    const others = this.active()
      .filter((use) => use.id !== id && order !== null && use.order === order && use.caller === caller)
      .flatMap(({ granted }) => granted ?? []);
    if (others.some(({ amount }) => amount.currency !== currency)) return null;
    const left = others.reduce((rest, { discount }) => rest - discount.minorUnits, minorUnits);
    return { minorUnits: Math.max(0, Math.min(left, Math.round((minorUnits * PERCENTAGE) / 100))), currency };
  }

  /** Why a new use is refused. */
  private refusalOfNewUse(asked: Asked, isOfNamedCustomer: boolean): Expected | null {
    if (asked.customer === null && isOfNamedCustomer) return { kind: 'REFUSED', reason: 'CUSTOMER_REQUIRED' };
    const { max, hasCoupon } = TERMS[asked.code];
    const isFull = (name: Code | 'coupon', limit: number | null) =>
      limit !== null && this.redeemedOf(name) + this.heldOf(name) >= limit;
    if (isFull(asked.code, max) || (hasCoupon && isFull('coupon', COUPON_MAX))) {
      return { kind: 'REFUSED', reason: 'EXHAUSTED' };
    }
    return this.customerRefusal(asked, undefined);
  }

  /** Why the customer is refused. The customer of an existing use is not checked again. */
  private customerRefusal(asked: Asked, own: ModelUse | undefined): Expected | null {
    const { perCustomer } = TERMS[asked.code];
    if (own?.customer === asked.customer) return null;
    if (perCustomer !== null && asked.customer === null) return { kind: 'REFUSED', reason: 'CUSTOMER_REQUIRED' };
    const others = this.active().filter(
      (use) => use !== own && use.code === asked.code && use.customer === asked.customer,
    );
    if (perCustomer !== null && others.length >= perCustomer) {
      return { kind: 'REFUSED', reason: 'CUSTOMER_LIMIT_REACHED' };
    }
    return null;
  }

  private usesOf(name: Code | 'coupon'): ModelUse[] {
    return this.uses.filter(({ code }) => (name === 'coupon' ? TERMS[code].hasCoupon : code === name));
  }
}
