import { Counter, type Registry } from 'prom-client';
import { isCurrency, NO_CURRENCY } from '../domain/money/currency.ts';
import { majorUnits } from '../domain/money/money.ts';
import type { Redemption } from '../domain/redemption/redemption.ts';

/** A hold or redemption whose status has changed now. */
export type SettledUse = Pick<Redemption, 'status' | 'redeemedAt' | 'discountAmount'>;

/** The metrics of redemptions. Counters only grow, so those that are cancelled have counters of their own. */
export class UseMetrics {
  readonly #made: { uses: Counter; discounts: Counter };
  readonly #cancelled: { uses: Counter; discounts: Counter };

  constructor(registry: Registry) {
    const counter = (name: string, help: string) =>
      new Counter({ name, help, labelNames: ['currency'], registers: [registry] });
    this.#made = {
      uses: counter(
        'promo_gateway_redemptions_total',
        'Redemptions that callers got, by the currency of the discount (XXX: the discount is not known).',
      ),
      discounts: counter(
        'promo_gateway_discounts_granted_total',
        'Discounts of those redemptions, in major units of the currency: 12.5 for EUR 12.50.',
      ),
    };
    this.#cancelled = {
      uses: counter(
        'promo_gateway_redemptions_cancelled_total',
        'Redemptions that were cancelled, by the currency of the discount (XXX: the discount is not known).',
      ),
      discounts: counter(
        'promo_gateway_discounts_cancelled_total',
        'Discounts of those cancelled redemptions, in major units of the currency.',
      ),
    };
  }

  /** Counts a redemption that was made or cancelled now. Holds are not counted. */
  count({ status, redeemedAt, discountAmount: discount }: SettledUse): void {
    if (redeemedAt === null) return;
    const currency = discount && isCurrency(discount.currency) ? discount.currency : NO_CURRENCY;
    const amount = discount ? Number(majorUnits(discount)) : 0;
    for (const [counters, isGrowing] of [
      [this.#made, status === 'REDEEMED'],
      [this.#cancelled, status === 'CANCELLED'],
    ] as const) {
      // Both have a series for each currency, so that their difference has one, too.
      counters.uses.inc({ currency }, isGrowing ? 1 : 0);
      counters.discounts.inc({ currency }, isGrowing ? amount : 0);
    }
  }
}
