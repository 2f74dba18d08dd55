import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'undici';
import * as registry from '../../src/providers/index.ts';
import { startSimulators } from '../../src/simulators/index.ts';
import { makeKeys } from '../support/credentials/keys.ts';
import { defined } from '../support/defined.ts';
import { mutate, payloadOf } from '../support/mutations.ts';
import { type GatewayProcess, startProcess } from '../support/processes/gateway-process.ts';

/** Connections that the attackers share. */
const CONNECTIONS = 64;
/** The most connections that attackers keep open in addition, each for one request that never ends normally. */
const MAX_OPEN = 1000;

/** The callers of a run. The answers to `honest` are measured; every other caller attacks with its own API key. */
export const CALLERS = {
  honest: 'redeem',
  reader: 'read',
  quoter: 'quote',
  redeemer: 'redeem',
  manager: 'manage+read',
} as const;
export type CallerName = keyof typeof CALLERS;

/** The attacked gateway, in its own process. */
export interface Target {
  process: GatewayProcess;
  /** Sends one operation as a caller. */
  ask(caller: CallerName, body: string): Promise<void>;
  /** Sends any request. */
  request(
    path: string,
    init?: { method?: 'GET' | 'POST'; headers?: Record<string, string>; body?: string },
  ): Promise<void>;
  /** Opens a connection, writes to it and never reads from it. Closes the oldest of too many. */
  open(text: string): Promise<void>;
  /** Closes all connections that {@link open} has opened. */
  closeAll(): void;
  /** The number of answers so far that indicate a bug in the gateway. */
  bugs(): number;
  header(caller: CallerName): Record<string, string>;
  /** The ids of a promo code with uses left, and of its coupon. */
  ids: { promoCode: string; coupon: string };
}

/** Starts the simulators and a gateway with an API key for each caller, and creates the code that `honest` redeems. */
export async function startTarget(settings: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-abuse-'));
  const simulators = await startSimulators(Object.values(registry));
  const keys = makeKeys(CALLERS);
  const gateway = await startProcess({
    ...keys.settings,
    DATABASE_URL: join(folder, 'gateway.db'),
    ...simulators.environment,
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
      if (sockets.size >= MAX_OPEN) oldest?.destroy();
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
      await simulators.close();
      rmSync(folder, { recursive: true, force: true });
      return code;
    },
  };
}

/** Creates the code that `honest` redeems. It has a coupon, so that attackers can read both. */
async function makeCode(gateway: GatewayProcess, headers: Record<string, string>): Promise<Target['ids']> {
  const input = {
    provider: 'STRIPE_CONNECT',
    code: 'HONEST',
    discount: { percentage: '10' },
    maxRedemptions: 1_000_000_000,
  };
  const { id, coupon } = payloadOf(await mutate(gateway.run, 'createPromoCode', input, headers)).promoCode;
  return { promoCode: id, coupon: defined(coupon).id };
}
