import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import type { Simulator } from '../../src/simulators/index.ts';

/** A response. A body that is not JSON stays text. */
export interface Reply {
  status: number;
  headers: Headers;
  body: unknown;
}

export type Ask = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Reply>;

/** Waits until a simulator has started, and closes it at the end of the test. */
export async function opened(starting: Promise<Simulator>): Promise<Simulator> {
  const simulator = await starting;
  onTestFinished(() => simulator.close());
  return simulator;
}

/** A client that sends these headers to paths below the simulator's URL. A string is sent unchanged, another value as JSON. */
export function client(simulator: Simulator, headers: Record<string, string>): Ask {
  return async (method, path, body, more = {}) => {
    const response = await fetch(`${simulator.url}${path}`, {
      method,
      headers: { ...headers, ...more },
      body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: jsonOrText(text) };
  };
}

export function duroClient(simulator: Simulator): Ask {
  return client(simulator, { authorization: `Bearer ${simulator.apiKey}` });
}

export function flexpriceClient(simulator: Simulator): Ask {
  return client(simulator, { 'x-api-key': simulator.apiKey });
}

/** Paths are relative to the account. */
export function chatdashClient(simulator: Simulator, account = 'acct_1'): Ask {
  const ask = client(simulator, { authorization: simulator.apiKey });
  return (method, path, ...rest) => ask(method, `/stripe/connect/accounts/${account}${path}`, ...rest);
}

/** The body is a form. */
export function stripeClient(simulator: Simulator): Ask {
  return client(simulator, {
    authorization: `Bearer ${simulator.apiKey}`,
    'content-type': 'application/x-www-form-urlencoded',
  });
}

/** A client for the control paths of a simulator, without an API key. */
export function controlClient(simulator: Simulator): Ask {
  return client({ ...simulator, url: new URL(simulator.url).origin }, {});
}

export function idOf({ body }: Reply): string {
  return z.object({ id: z.string() }).parse(body).id;
}

/** A file in a temporary directory, which is removed at the end of the test. */
export function temporaryFile(): string {
  const directory = mkdtempSync(join(tmpdir(), 'simulator-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return join(directory, 'state.sqlite');
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
