import { z } from 'zod';
import type { RunningGateway } from './start-gateway.ts';

/** The id of the last promo code created at Duro. Duro only shows it in the answer to a repeated creation. */
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
