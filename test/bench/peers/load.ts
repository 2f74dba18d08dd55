/*
 * A load generator in a process of its own: sends an operation over keep-alive connections, each as fast as it is
 * answered. Reads what to send from its input, and prints the figures as one line of JSON.
 */
import { json } from 'node:stream/consumers';
import autocannon from 'autocannon';
import { z } from 'zod';

const CONNECTIONS = 32;

const load = z.object({
  url: z.string(),
  query: z.string(),
  /** The variables of the requests. */
  variables: z.array(z.record(z.string(), z.unknown())),
  /** How many requests to send. With more of them than variables, these are sent again and again. */
  amount: z.number(),
});

const { url, query, variables, amount } = load.parse(await json(process.stdin));
let connection = 0;
const result = await autocannon({
  url,
  amount,
  connections: CONNECTIONS,
  // Each connection has its own share of the variables, so none is sent twice in a row.
  setupClient: (client) => {
    const share = variables.filter((_, index) => index % CONNECTIONS === connection % CONNECTIONS);
    connection += 1;
    client.setRequests(
      share.map((values) => ({
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables: values }),
      })),
    );
  },
  verifyBody: (body) => String(body).startsWith('{"data":{') && !String(body).includes('"errors"'),
});
if (result.non2xx + result.errors + result.mismatches > 0)
  throw new Error(`Requests failed: ${JSON.stringify(result)}`);
const { requests, latency } = result;
process.stdout.write(`${JSON.stringify({ perSecond: requests.average, p50: latency.p50, p99: latency.p99 })}\n`);
