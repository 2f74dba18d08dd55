import { z } from 'zod';
import type { RunningGateway } from './start-gateway.ts';

/** The id of the promo code that was made last at Duro, which tells it to whoever repeats the creation alone. */
export async function idAtDuro({ duro }: RunningGateway): Promise<string> {
  const call = duro.calls.findLast(({ method }) => method === 'POST');
  const answer = await fetch(`${duro.url}${call?.path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${duro.apiKey}`,
      'content-type': 'application/json',
      'idempotency-key': String(call?.headers['idempotency-key']),
    },
    body: JSON.stringify(call?.body),
  });
  return z.object({ id: z.string() }).parse(await answer.json()).id;
}
