import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { Json } from '../../support/start-gateway.ts';

export interface Subscriber {
  status: number | undefined;
  headers: IncomingMessage['headers'];
  /** The next event; 'complete' when the stream ends normally; undefined when the connection ends. */
  next(): Promise<Json>;
  /** Closes the connection. */
  leave(): void;
}

/** Sends an operation on its own connection and reads the answer event by event. */
export async function subscribe(
  url: string,
  query: string,
  { variables, headers = {} }: { variables?: Json; headers?: Record<string, string> } = {},
): Promise<Subscriber> {
  const call = request(url, {
    method: 'POST',
    agent: false,
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
  });
  call.end(JSON.stringify({ query, variables }));
  const [answer]: IncomingMessage[] = await once(call, 'response');
  if (!answer) throw new Error('No answer');
  const events = eventsOf(answer);
  return {
    status: answer.statusCode,
    headers: answer.headers,
    next: async () => (await events.next()).value,
    leave: () => call.destroy(),
  };
}

async function* eventsOf(answer: IncomingMessage): AsyncGenerator<Json> {
  let text = '';
  for await (const chunk of answer) {
    const blocks = (text + chunk).split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      if (block.startsWith('event: complete')) yield 'complete';
      else if (block.startsWith('event: next')) yield JSON.parse(block.slice(block.indexOf('data: ') + 6));
    }
  }
}

/** A value of GET /metrics by its name and labels. */
export async function metric(url: string, name: string, headers: Record<string, string> = {}): Promise<number> {
  const text = await (await fetch(new URL('/metrics', url), { headers })).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return Number(line?.split(' ')[1]);
}

/** Waits until this many subscriptions are open. */
export async function untilListeners(url: string, count: number, headers?: Record<string, string>): Promise<void> {
  while ((await metric(url, 'promo_gateway_open_subscriptions', headers)) !== count);
}
