import { z } from 'zod';
import { flexpriceClient } from '../simulators/client.ts';
import type { RunningGateway } from './start-gateway.ts';

const uses = z.object({ items: z.array(z.object({ id: z.string(), end_date: z.string().nullish() })) });

/** The ids of the active uses of coupons on a subscription at Flexprice, which calls them associations. */
export async function activeUsesOn(subscriptionId: string, { flexprice }: RunningGateway): Promise<string[]> {
  const path = `/coupons/associations?subscription_ids=${subscriptionId}`;
  const { body } = await flexpriceClient(flexprice)('GET', path);
  return uses.parse(body).items.flatMap(({ id, end_date }) => (end_date ? [] : [id]));
}
