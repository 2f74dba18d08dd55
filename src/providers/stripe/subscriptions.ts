import { createHash } from 'node:crypto';
import type { Call, WriteCall } from '../../domain/provider/provider.ts';
import { ProviderError } from '../../domain/provider/provider-error.ts';
import type { ProviderClient } from '../client/client.ts';
import { afterEarlierChange } from '../client/failure.ts';
import { addAgain, type Discount, type DiscountEntry, isOf, keep, toDeletion, toDiscounts } from './discount-wire.ts';
import { SerialWork } from './serial-work.ts';
import { pageOf, type StripeRequests } from './stripe-requests.ts';

/** How often a change is tried while other writers interfere. */
const MAX_ATTEMPTS = 3;
const EXPAND = { expand: ['discounts'] };

/** The newest events of removed discounts. Those of a request that has just been answered are among them. */
const DELETIONS = { type: 'customer.discount.deleted', limit: 100 };

/** A promo code, or a coupon (without `code`). */
interface Applicable {
  providerId: string;
  code?: string;
}

/**
 * Discounts on Stripe's subscriptions. A change sends the whole list, and Stripe has no guard against changes in between. So all
 * changes of one subscription run one after the other in this process. Afterwards a change puts back what it has dropped of others,
 * and an application reads the list again.
 */
export class StripeSubscriptions {
  readonly #client: ProviderClient;
  readonly #requests: StripeRequests;
  readonly #changes = new SerialWork();

  constructor(client: ProviderClient, requests: StripeRequests) {
    this.#client = client;
    this.#requests = requests;
  }

  /**
   * Adds a discount to a subscription, and keeps the others. Adds it again if another writer has removed it meanwhile.
   * @returns the id of the discount
   */
  apply(promotion: Applicable, subscriptionId: string, call: WriteCall): Promise<string> {
    const timedCall = this.#client.withDeadline(call);
    return this.#changes.run(subscriptionId, () => this.#apply(promotion, subscriptionId, timedCall));
  }

  async #apply({ providerId, code }: Applicable, subscriptionId: string, call: WriteCall): Promise<string> {
    const operation = 'applyToSubscription';
    const added = code === undefined ? { coupon: providerId } : { promotion_code: providerId };
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      const before = await this.#discounts(operation, subscriptionId, call);
      if (before.some((discount) => isOf(discount, providerId))) throw alreadyApplied(operation);
      const entries = [...before.map(keep), added];
      const after = await this.#replace(operation, subscriptionId, { entries, attempt }, call);
      if (after === null) continue;
      const made = after.find((discount) => isOf(discount, providerId));
      if (made === undefined) throw missingDiscount(operation);
      const shown = await this.#discounts(operation, subscriptionId, call).catch((error: unknown) => {
        throw afterEarlierChange(error);
      });
      if (shown.some(({ id }) => id === made.id)) return made.id;
    }
    throw outpaced(operation);
  }

  /** The ids of a promotion's discounts on a subscription. Stripe does not show ended ones. Empty for an unknown subscription. */
  async uses(providerId: string, subscriptionId: string, call: Call): Promise<string[]> {
    const request = this.#reading('listSubscriptionUses', subscriptionId);
    const discounts = (await this.#client.find(request, call)) ?? [];
    return discounts.filter((discount) => isOf(discount, providerId)).map(({ id }) => id);
  }

  /** Removes one discount from a subscription, and keeps the others. Succeeds if it is already gone. */
  remove({ useId, subscriptionId }: { useId: string; subscriptionId: string }, call: WriteCall): Promise<void> {
    const timedCall = this.#client.withDeadline(call);
    return this.#changes.run(subscriptionId, () => this.#remove(useId, subscriptionId, timedCall));
  }

  async #remove(useId: string, subscriptionId: string, call: WriteCall): Promise<void> {
    const operation = 'removeFromSubscription';
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      const before = await this.#discounts(operation, subscriptionId, call);
      const others = before.filter(({ id }) => id !== useId);
      if (others.length === before.length) return;
      const after = await this.#replace(
        operation,
        subscriptionId,
        { entries: others.map(keep), attempt, removed: useId },
        call,
      );
      // A removed discount never comes back: Stripe refuses a list that names it.
      if (after !== null) return;
    }
    throw outpaced(operation);
  }

  #reading(operation: string, subscriptionId: string) {
    return this.#requests.get({ operation, path: ['subscriptions', subscriptionId], read: toDiscounts }, EXPAND);
  }

  #discounts(operation: string, subscriptionId: string, call: Call): Promise<Discount[]> {
    return this.#client.send(this.#reading(operation, subscriptionId), call);
  }

  /**
   * Replaces the discounts of a subscription.
   * @param change `removed`: the discount that is to be missing
   * @returns the new discounts; null: nothing has changed, because one that was to stay is gone
   */
  async #replace(
    operation: string,
    subscriptionId: string,
    change: { entries: DiscountEntry[]; attempt: number; removed?: string },
    call: WriteCall,
  ): Promise<Discount[] | null> {
    const { entries, attempt, removed } = change;
    const key = keyOf(call.intentId, attempt, entries);
    try {
      const after = await this.#send(operation, subscriptionId, { entries, key }, call);
      await this.#putBackDropped(operation, subscriptionId, { key, removed }, call);
      return after;
    } catch (error) {
      if (error instanceof ProviderError && error.reason === 'CONFLICT') return null;
      throw error;
    }
  }

  #send(
    operation: string,
    subscriptionId: string,
    { entries, key }: { entries: DiscountEntry[]; key: string },
    call: WriteCall,
  ): Promise<Discount[]> {
    const discounts = entries.length === 0 ? '' : entries;
    const request = { operation, path: ['subscriptions', subscriptionId], read: toDiscounts };
    return this.#client.send(this.#requests.post(request, { discounts, ...EXPAND }, { intentId: key }), call);
  }

  /**
   * Adds the discounts again that a change has removed without having seen them: another writer added them after the read. The
   * events name the change by its idempotency key. A failure is ignored, because the change itself has succeeded.
   */
  async #putBackDropped(
    operation: string,
    subscriptionId: string,
    { key, removed }: { key: string; removed: string | undefined },
    call: WriteCall,
  ): Promise<void> {
    const request = { operation, path: ['events'], read: pageOf(toDeletion) };
    try {
      const { items } = await this.#client.send(this.#requests.get(request, DELETIONS), call);
      const dropped = items.flatMap(({ discount, key: by }) => (by === key && discount.id !== removed ? discount : []));
      if (dropped.length === 0) return;
      const now = await this.#discounts(operation, subscriptionId, call);
      const missing = dropped.filter(({ promotionCodeId, couponId }) =>
        now.every((discount) => !isOf(discount, promotionCodeId ?? couponId ?? '')),
      );
      const added = missing.flatMap(addAgain);
      if (added.length === 0) return;
      const entries = [...now.map(keep), ...added];
      await this.#send(operation, subscriptionId, { entries, key: `${key}-back` }, call);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
    }
  }
}

/**
 * The idempotency key of one attempt. Stripe refuses a key with another body, so the body is part of the key. The number of the
 * attempt is, too: a discount that another writer removed has to be added again, although the body is the same.
 */
function keyOf(intentId: string, attempt: number, entries: DiscountEntry[]): string {
  const body = JSON.stringify([attempt, entries]);
  return `${intentId}-${createHash('sha256').update(body).digest('base64url')}`;
}

function alreadyApplied(operation: string): ProviderError {
  const message = `${operation}: the subscription has this discount already`;
  return new ProviderError('STRIPE', 'REJECTED', message, { unchanged: true, reason: 'CONFLICT' });
}

function missingDiscount(operation: string): ProviderError {
  return new ProviderError('STRIPE', 'MALFORMED_ANSWER', `${operation}: no new discount`, { unchanged: false });
}

/** Every attempt was refused, or a read showed that its effect is gone. */
function outpaced(operation: string): ProviderError {
  const message = `${operation}: other writers changed the discounts of the subscription in each of ${MAX_ATTEMPTS} attempts`;
  return new ProviderError('STRIPE', 'UNAVAILABLE', message, { unchanged: true });
}
