import { afterEach, beforeEach } from 'vitest';
import { z } from 'zod';
import { type Dialect, ProviderClient, type WireRequest } from '../../../src/providers/client/client.ts';
import type { GuardOptions } from '../../../src/providers/client/guard.ts';
import type { ObservedCall } from '../../../src/telemetry/observed-call.ts';
import { type ScriptedServer, startScriptedServer } from '../scripted-server.ts';

export const SECRET = 'CD.very-secret';

const greeting = z.object({ hello: z.string() });
export const READ = {
  operation: 'readPromoCode',
  method: 'GET',
  path: ['a'],
  read: (body) => greeting.parse(body),
} as const satisfies WireRequest<unknown>;
export const WRITE = { ...READ, operation: 'createPromoCode', method: 'POST', body: { code: 'A' } } as const;

/** Clients of one scripted server, and the calls that they observed. */
export interface ClientBench {
  server: ScriptedServer;
  observed: ObservedCall[];
  connect(changes?: { deadlineMs?: number; guard?: GuardOptions } & Partial<Dialect>): ProviderClient;
  close(): Promise<void>;
}

export async function openClientBench(): Promise<ClientBench> {
  const server = await startScriptedServer();
  const observed: ObservedCall[] = [];
  const clients: ProviderClient[] = [];
  return {
    server,
    observed,
    connect({ deadlineMs = 30_000, guard, ...changes } = {}) {
      const dialect: Dialect = {
        provider: 'DURO',
        baseUrl: server.url,
        headers: { authorization: SECRET },
        secret: SECRET,
        readError: (body) => ({ message: String(body.error) }),
        ...changes,
      };
      const client = new ProviderClient(dialect, { deadlineMs, guard, observe: (call) => void observed.push(call) });
      clients.push(client);
      return client;
    },
    async close() {
      await Promise.all(clients.map((client) => client.close()));
      await server.close();
    },
  };
}

/** A bench that is opened before each test of the file that calls this, and closed after it. */
export function benchOfEachTest(): Omit<ClientBench, 'close'> {
  let bench: ClientBench | undefined;
  const current = () => {
    if (!bench) throw new Error('no test has begun');
    return bench;
  };
  beforeEach(async () => {
    bench = await openClientBench();
  });
  afterEach(() => current().close());
  return {
    get server() {
      return current().server;
    },
    get observed() {
      return current().observed;
    },
    connect: (changes) => current().connect(changes),
  };
}
