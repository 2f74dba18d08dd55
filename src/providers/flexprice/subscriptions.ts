import { z } from 'zod';
import type { Call, WriteCall } from '../../domain/provider/provider.ts';
import { ProviderError } from '../../domain/provider/provider-error.ts';
import type { ProviderClient } from '../client/client.ts';
import { afterEarlierChange } from '../client/failure.ts';
import type { FlexpriceRecords } from './records.ts';

/** More than a subscription ever has of one coupon. Without a limit, Flexprice returns 50. */
const MAX_PAGE_SIZE = 1000;

const associationList = z.object({
  /** Null: no associations. The field is required: if a missing list counted as empty, earlier uses would look new. */
  items: z.array(z.object({ id: z.string().min(1), end_date: z.string().nullish() })).nullable(),
});

interface AssociationFilter {
  subscription_ids: string;
  coupon_ids?: string;
}

/** Flexprice's coupon associations. Each one is a use of a coupon on a subscription, and Flexprice counts it. */
export class FlexpriceSubscriptions {
  readonly #client: ProviderClient;
  readonly #records: FlexpriceRecords;

  constructor(client: ProviderClient, records: FlexpriceRecords) {
    this.#client = client;
    this.#records = records;
  }

  /**
   * Applies a coupon to a subscription. The answer does not contain the new association, so it is the one that is not in
   * `usesBefore`.
   * @returns the id of the association
   */
  async apply(
    promotion: { providerId: string; code?: string },
    { subscriptionId, usesBefore }: { subscriptionId: string; usesBefore: string[] },
    call: WriteCall,
  ): Promise<string> {
    const operation = 'applyToSubscription';
    const timedCall = this.#client.withDeadline(call);
    const code = promotion.code ?? (await this.#codeOf(promotion.providerId, timedCall));
    await this.#modify(operation, subscriptionId, { action: 'add', coupon_code: code }, timedCall);
    const filter = { subscription_ids: subscriptionId, coupon_ids: promotion.providerId };
    const after = await this.uses(operation, filter, timedCall).catch((error) => {
      throw afterEarlierChange(error);
    });
    const [use, ...others] = after.filter((id) => !usesBefore.includes(id));
    if (use !== undefined && others.length === 0) return use;
    throw new ProviderError('FLEXPRICE', 'MALFORMED_ANSWER', `${operation}: not exactly one new association`, {
      unchanged: false,
    });
  }

  /** The ids of the associations that match a filter. */
  async uses(operation: string, filter: AssociationFilter, call: Call): Promise<string[]> {
    return (await this.#associations(operation, filter, call)).map(({ id }) => id);
  }

  /** Ends an association. Succeeds if it has already ended. */
  async remove({ useId, subscriptionId }: { useId: string; subscriptionId: string }, call: WriteCall): Promise<void> {
    const operation = 'removeFromSubscription';
    const timedCall = this.#client.withDeadline(call);
    try {
      await this.#modify(operation, subscriptionId, { action: 'remove', coupon_association_id: useId }, timedCall);
    } catch (error) {
      if (!(error instanceof ProviderError) || error.kind !== 'REJECTED') throw error;
      // Flexprice refuses to end an association twice. If this one has an end, it is already removed.
      const associations = await this.#associations(operation, { subscription_ids: subscriptionId }, timedCall);
      if (!associations.find(({ id }) => id === useId)?.end_date) throw error;
    }
  }

  async #associations(operation: string, filter: AssociationFilter, call: Call) {
    const query = { ...filter, limit: MAX_PAGE_SIZE };
    const read = (body: unknown) => associationList.parse(body).items ?? [];
    return this.#client.send({ operation, method: 'GET', path: ['coupons', 'associations'], query, read }, call);
  }

  async #modify(operation: string, subscriptionId: string, parameters: object, call: Call): Promise<void> {
    const path = ['subscriptions', subscriptionId, 'modify', 'execute'];
    const body = { type: 'coupon', coupon_params: parameters };
    await this.#client.send({ operation, method: 'POST', path, body, read: () => undefined }, call);
  }

  async #codeOf(providerId: string, call: Call): Promise<string> {
    const record = await this.#records.byId('applyToSubscription', providerId, call);
    if (record?.code) return record.code;
    throw new ProviderError(
      'FLEXPRICE',
      'REJECTED',
      'applyToSubscription: no such coupon, or a coupon without a code',
      {
        unchanged: true,
        reason: record === null ? 'NOT_FOUND' : 'UNSUPPORTED',
      },
    );
  }
}
