import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import proxyAddress from 'proxy-addr';
import { countedAddress } from '../../auth/networks.ts';
import type { Config } from '../../config/config.ts';
import { Quota } from './quota.ts';

/** How much of all connections one address may have. */
const SHARE_OF_CONNECTIONS = 1 / 2;

/**
 * Limits how many connections are open, in all and from one address (except trusted proxies), and how long an answer may
 * wait for a client that does not read it.
 */
export function limitConnections(
  server: Server,
  { most, answerTimeout }: Config['connections'],
  trustedProxies: string[],
): void {
  server.maxConnections = most;
  const open = new Quota({ total: most, each: Math.ceil(most * SHARE_OF_CONNECTIONS) });
  const isProxy = proxyAddress.compile(trustedProxies);
  /** Since when bytes have been waiting on a connection, in milliseconds of the monotonic clock; null: none are. */
  const waitingSince = new Map<Socket, number | null>();
  server.on('connection', (socket) => {
    const address = socket.remoteAddress ?? '';
    const share = isProxy(address, 0) ? null : (countedAddress(address) ?? address);
    if (share !== null && !open.take(share, 1)) {
      socket.destroy();
      return;
    }
    waitingSince.set(socket, null);
    socket.once('close', () => {
      waitingSince.delete(socket);
      if (share !== null) open.give(share, 1);
    });
  });
  const closeUnread = () => {
    const now = performance.now();
    for (const [socket, since] of waitingSince) {
      const isWaiting = socket.writableLength > 0;
      if (isWaiting && since !== null && now - since >= answerTimeout) socket.destroy();
      else if (isWaiting !== (since !== null)) waitingSince.set(socket, isWaiting ? now : null);
    }
  };
  const sweeps = setInterval(closeUnread, Math.min(1000, answerTimeout)).unref();
  server.on('close', () => clearInterval(sweeps));
}
