import { z } from 'zod';
import { type FlexpriceOptions, startFlexpriceSimulator } from '../../../src/simulators/flexprice/index.ts';
import { type Ask, flexpriceClient, opened, type Reply } from '../client.ts';

export const PERCENT = {
  name: 'Launch',
  type: 'percentage',
  percentage_off: '15',
  cadence: 'once',
  coupon_code: 'launch',
};

/** Starts a Flexprice simulator with the clock fixed at 2026-08-01. Set `time.now` (milliseconds) to change it. */
export async function openFlexprice(options: FlexpriceOptions = {}) {
  const time = { now: Date.parse('2026-08-01T00:00:00Z') };
  const simulator = await opened(startFlexpriceSimulator({ clock: () => time.now, ...options }));
  return { simulator, ask: flexpriceClient(simulator), time };
}

export function modify(ask: Ask, parameters: object, subscription = 'subs_1'): Promise<Reply> {
  return ask('POST', `/subscriptions/${subscription}/modify/execute`, { type: 'coupon', coupon_params: parameters });
}

export function add(ask: Ask, coupon_code = 'launch', subscription = 'subs_1'): Promise<Reply> {
  return modify(ask, { action: 'add', coupon_code }, subscription);
}

export function remove(ask: Ask, coupon_association_id: string, subscription = 'subs_1'): Promise<Reply> {
  return modify(ask, { action: 'remove', coupon_association_id }, subscription);
}

const List = z.object({
  items: z.array(z.looseObject({ id: z.string(), coupon_id: z.string() })),
  pagination: z.object({ total: z.int(), limit: z.int(), offset: z.int() }),
});

export async function associations(ask: Ask, query = ''): Promise<z.infer<typeof List>> {
  return List.parse((await ask('GET', `/coupons/associations?${query}`)).body);
}

export async function firstAssociation(ask: Ask): Promise<string> {
  return String((await associations(ask)).items[0]?.id);
}
