import type { RunningGateway } from '../../support/start-gateway.ts';

/** An answer, and whether it came from memory. */
export interface Given {
  isHit: boolean;
  body: string;
  headers: Headers;
  status: number;
}

/** Sends an operation as it is, and nothing at the same time. By GET, unless there are variables. */
export async function ask(
  { url, logged }: Pick<RunningGateway, 'url' | 'logged'>,
  query: string,
  { variables, headers = {} }: { variables?: Record<string, unknown>; headers?: Record<string, string> } = {},
): Promise<Given> {
  const before = logged.length;
  const accept = { accept: 'application/json', ...headers };
  const response =
    variables === undefined
      ? await fetch(`${url}?${new URLSearchParams({ query })}`, { headers: accept })
      : await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...accept },
          body: JSON.stringify({ query, variables }),
        });
  const body = await response.text();
  const isHit = JSON.stringify(logged.slice(before)).includes('"fromMemory":true');
  return { isHit, body, headers: response.headers, status: response.status };
}
