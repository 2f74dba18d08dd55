import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Call, WriteCall } from '../../domain/provider/provider.ts';
import { ProviderError } from '../../domain/provider/provider-error.ts';
import type { ProviderClient } from '../client/client.ts';
import { afterEarlierChange } from '../client/failure.ts';
import { idOrObject } from '../stripe-wire/stripe-promotion-code.ts';
import { SerialWork } from './serial-work.ts';
import type { StripeRequests } from './stripe-requests.ts';

/** How often a change is tried while other writers interfere. */
const MAX_ATTEMPTS = 3;
const EXPAND = { expand: ['discounts'] };

const discountAnswer = z.object({
  id: z.string().min(1),
  promotion_code: idOrObject.nullish(),
  source: z.object({ coupon: idOrObject.nullish() }),
});
type Discount = z.infer<typeof discountAnswer>;

/** The list is required: if a missing list counted as empty, the next change would remove all discounts. */
const subscriptionAnswer = z.object({ discounts: z.array(discountAnswer) });

/** An entry of the list that a change sends: a discount that stays, or what is to be added. */
type Entry = { discount: string } | { promotion_code: string } | { coupon: string };

/** A promo code, or a coupon (without `code`). */
interface Applicable {
  providerId: string;
  code?: string;
}

/**
 * Discounts on Stripe's subscriptions. A change sends the whole list, and Stripe has no guard against changes in between. So all
 * changes of one subscription run one after the other in this process, and an application reads the list again afterwards.
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
      const entries = [...before.map(kept), added];
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
      const after = await this.#replace(operation, subscriptionId, { entries: others.map(kept), attempt }, call);
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
   * @returns the new discounts; null: nothing has changed, because one that was to stay is gone
   */
  async #replace(
    operation: string,
    subscriptionId: string,
    { entries, attempt }: { entries: Entry[]; attempt: number },
    call: WriteCall,
  ): Promise<Discount[] | null> {
    const discounts = entries.length === 0 ? '' : entries;
    const intentId = keyOf(call.intentId, attempt, entries);
    const request = { operation, path: ['subscriptions', subscriptionId], read: toDiscounts };
    try {
      return await this.#client.send(this.#requests.post(request, { discounts, ...EXPAND }, { intentId }), call);
    } catch (error) {
      if (error instanceof ProviderError && error.reason === 'CONFLICT') return null;
      throw error;
    }
  }
}

/**
 * The idempotency key of one attempt. Stripe refuses a key with another body, so the body is part of the key. The number of the
 * attempt is, too: a discount that another writer removed has to be added again, although the body is the same.
 */
function keyOf(intentId: string, attempt: number, entries: Entry[]): string {
  const body = JSON.stringify([attempt, entries]);
  return `${intentId}-${createHash('sha256').update(body).digest('base64url')}`;
}

function toDiscounts(body: unknown): Discount[] {
  return subscriptionAnswer.parse(body).discounts;
}

/** Whether a discount comes from this code, or from this coupon without a code. */
function isOf({ promotion_code, source }: Discount, providerId: string): boolean {
  return (promotion_code ?? source.coupon) === providerId;
}

function kept({ id }: Discount): Entry {
  return { discount: id };
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
