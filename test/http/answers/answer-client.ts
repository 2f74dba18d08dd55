import type { RunningGateway } from '../../support/start-gateway.ts';

/** An answer, and whether it came from memory. */
export interface Given {
  isHit: boolean;
  body: string;
  headers: Headers;
  status: number;
}

let requests = 0;

/** Sends an operation as it is. By GET, unless there are variables. */
export async function ask(
  { url, logged }: Pick<RunningGateway, 'url' | 'logged'>,
  query: string,
  { variables, headers = {} }: { variables?: Record<string, unknown>; headers?: Record<string, string> } = {},
): Promise<Given> {
  const before = logged.length;
  requests += 1;
  const sent = { accept: 'application/json', 'x-request-id': `ask-${requests}`, ...headers };
  const response =
    variables === undefined
      ? await fetch(`${url}?${new URLSearchParams({ query })}`, { headers: sent })
      : await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...sent },
          body: JSON.stringify({ query, variables }),
        });
  const body = await response.text();
  const lines = logged.slice(before).map((line) => JSON.stringify(line));
  const own = lines.filter((line) => line.includes(`"requestId":"${sent['x-request-id']}"`));
  const isHit = own.some((line) => line.includes('"fromMemory":true'));
  return { isHit, body, headers: response.headers, status: response.status };
}
