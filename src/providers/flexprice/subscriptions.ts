import { z } from 'zod';
import type { Call, WriteCall } from '../../domain/provider/provider.ts';
import { ProviderError } from '../../domain/provider/provider-error.ts';
import type { ProviderClient } from '../client/client.ts';
import { changedBefore } from '../client/failure.ts';
import type { FlexpriceRecords } from './records.ts';

/** More than a subscription ever has of one coupon; without a limit Flexprice answers 50. */
const LONGEST_PAGE = 1000;

const associationList = z.object({
  /** Null where there is none; a list that is left out would make every earlier use a new one. */
  items: z.array(z.object({ id: z.string().min(1), end_date: z.string().nullish() })).nullable(),
});

interface AssociationFilter {
  subscription_ids: string;
  coupon_ids?: string;
}

/** Flexprice's associations of coupons with subscriptions: a use of a coupon that Flexprice counts. */
export class FlexpriceSubscriptions {
  readonly #client: ProviderClient;
  readonly #records: FlexpriceRecords;

  constructor(client: ProviderClient, records: FlexpriceRecords) {
    this.#client = client;
    this.#records = records;
  }

  /** The answer does not name the new association, so it is the one that was not there before. */
  async apply(
    promotion: { providerId: string; code?: string },
    { subscriptionId, usesBefore }: { subscriptionId: string; usesBefore: string[] },
    call: WriteCall,
  ): Promise<string> {
    const operation = 'applyToSubscription';
    const whole = this.#client.within(call);
    const code = promotion.code ?? (await this.#codeOf(promotion.providerId, whole));
    await this.#modify(operation, subscriptionId, { action: 'add', coupon_code: code }, whole);
    const filter = { subscription_ids: subscriptionId, coupon_ids: promotion.providerId };
    const after = await this.uses(operation, filter, whole).catch((error) => {
      throw changedBefore(error);
    });
    const [use, ...others] = after.filter((id) => !usesBefore.includes(id));
    if (use !== undefined && others.length === 0) return use;
    throw new ProviderError('FLEXPRICE', 'MALFORMED_ANSWER', `${operation}: not exactly one new association`, {
      unchanged: false,
    });
  }

  async uses(operation: string, filter: AssociationFilter, call: Call): Promise<string[]> {
    return (await this.#associations(operation, filter, call)).map(({ id }) => id);
  }

  async remove({ useId, subscriptionId }: { useId: string; subscriptionId: string }, call: WriteCall): Promise<void> {
    const operation = 'removeFromSubscription';
    const whole = this.#client.within(call);
    try {
      await this.#modify(operation, subscriptionId, { action: 'remove', coupon_association_id: useId }, whole);
    } catch (error) {
      if (!(error instanceof ProviderError) || error.kind !== 'REJECTED') throw error;
      // It refuses what has ended already; of one that has not, it would have taken a new end.
      const standing = await this.#associations(operation, { subscription_ids: subscriptionId }, whole);
      if (!standing.find(({ id }) => id === useId)?.end_date) throw error;
    }
  }

  async #associations(operation: string, filter: AssociationFilter, call: Call) {
    const query = { ...filter, limit: LONGEST_PAGE };
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
    throw new ProviderError('FLEXPRICE', 'REJECTED', 'applyToSubscription: no such coupon, or none with a code', {
      unchanged: true,
      reason: record === null ? 'NOT_FOUND' : 'UNSUPPORTED',
    });
  }
}
