import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'undici';
import * as registry from '../../src/providers/index.ts';
import { startSimulators } from '../../src/simulators/index.ts';
import { type GatewayProcess, startProcess } from '../support/gateway-process.ts';
import { makeKeys } from '../support/keys.ts';
import { mutate } from '../support/mutations.ts';

/** Connections that the attackers share. */
const CONNECTIONS = 64;
/** Connections that they keep open besides, each for one request that does not end well. */
const MOST_OPEN = 1000;

/** The callers of a run. `honest` is the shop whose answers are measured; every other one attacks with its own key. */
export const CALLERS = {
  honest: 'redeem',
  reader: 'read',
  quoter: 'quote',
  redeemer: 'redeem',
  manager: 'manage+read',
} as const;
export type CallerName = keyof typeof CALLERS;

/** A gateway that is attacked, in a process of its own. */
export interface Target {
  process: GatewayProcess;
  /** Sends one operation as a caller. */
  ask(caller: CallerName, body: string): Promise<void>;
  /** Sends any request. */
  request(
    path: string,
    init?: { method?: 'GET' | 'POST'; headers?: Record<string, string>; body?: string },
  ): Promise<void>;
  /** Opens a connection of its own, writes to it and never reads; the oldest of too many is closed. */
  open(text: string): Promise<void>;
  /** Closes all of those. */
  closeAll(): void;
  /** Answers so far that speak of a bug in the gateway. */
  bugs(): number;
  header(caller: CallerName): Record<string, string>;
  /** The ids of a promo code with uses left, and of its coupon. */
  ids: { promoCode: string; coupon: string };
}

/** Starts the simulators, a gateway with a key for each caller, and the code that the honest shop sells. */
export async function startTarget(settings: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-abuse-'));
  const sandboxes = await startSimulators(Object.values(registry));
  const keys = makeKeys(CALLERS);
  const gateway = await startProcess({
    ...keys.settings,
    DATABASE_URL: join(folder, 'gateway.db'),
    ...sandboxes.environment,
    ...settings,
  });
  const { origin, hostname, port } = new URL(gateway.url);
  const pool = new Pool(origin, { connections: CONNECTIONS });
  const sockets = new Set<Socket>();
  let bugs = 0;
  const target: Target = {
    process: gateway,
    header: keys.of,
    ids: await makeCode(gateway, keys.of('manager')),
    ask: async (caller, body) => {
      const headers = { 'content-type': 'application/json', ...keys.of(caller) };
      const answer = await pool.request({ path: '/graphql', method: 'POST', headers, body });
      if (/INTERNAL_SERVER_ERROR|Unexpected error/.test(await answer.body.text())) bugs += 1;
    },
    request: async (path, { method = 'GET', headers = {}, body = null } = {}) => {
      const answer = await pool.request({ path, method, headers, body });
      await answer.body.dump();
    },
    open: async (text) => {
      const [oldest] = sockets;
      if (sockets.size >= MOST_OPEN) oldest?.destroy();
      const socket = connect(Number(port), hostname);
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
      socket.pause();
      await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
      socket.write(text);
    },
    closeAll: () => {
      for (const socket of sockets) socket.destroy();
    },
    bugs: () => bugs,
  };
  return {
    target,
    stop: async () => {
      target.closeAll();
      await pool.destroy();
      const code = await gateway.end('SIGTERM');
      await sandboxes.close();
      rmSync(folder, { recursive: true, force: true });
      return code;
    },
  };
}

/** The code that the honest shop redeems. Its terms are a coupon's, so that there are both to ask for. */
async function makeCode(gateway: GatewayProcess, headers: Record<string, string>): Promise<Target['ids']> {
  const input = {
    provider: 'STRIPE_CONNECT',
    code: 'HONEST',
    discount: { percentage: '10' },
    maxRedemptions: 1_000_000_000,
  };
  const { id, coupon } = (await mutate(gateway.run, 'createPromoCode', input, headers)).promoCode;
  return { promoCode: id, coupon: coupon.id };
}
