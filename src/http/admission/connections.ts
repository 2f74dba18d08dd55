import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import proxyAddress from 'proxy-addr';
import { countedAddress } from '../../auth/networks.ts';
import type { Config } from '../../config/config.ts';
import { Quota } from './quota.ts';

/** The part of all connections that one address may have. */
const CONNECTIONS_PER_ADDRESS = 1 / 2;

/**
 * Limits the open connections, in all and of one address (except trusted proxies), and closes connections whose client does
 * not read a response within `responseTimeoutMs` milliseconds.
 */
export function limitConnections(
  server: Server,
  { max, responseTimeoutMs }: Config['connections'],
  trustedProxies: string[],
): void {
  server.maxConnections = max;
  const open = new Quota({ total: max, perOwner: Math.ceil(max * CONNECTIONS_PER_ADDRESS) });
  const isProxy = proxyAddress.compile(trustedProxies);
  /** When bytes began to wait on a connection, in milliseconds of the monotonic clock; null if none wait. */
  const waitingSince = new Map<Socket, number | null>();
  server.on('connection', (socket) => {
    const address = socket.remoteAddress ?? '';
    const owner = isProxy(address, 0) ? null : (countedAddress(address) ?? address);
    if (owner !== null && !open.take(owner, 1)) {
      socket.destroy();
      return;
    }
    waitingSince.set(socket, null);
    socket.once('close', () => {
      waitingSince.delete(socket);
      if (owner !== null) open.release(owner, 1);
    });
  });
  const closeUnread = () => {
    const now = performance.now();
    for (const [socket, since] of waitingSince) {
      const isWaiting = socket.writableLength > 0;
      if (isWaiting && since !== null && now - since >= responseTimeoutMs) socket.destroy();
      else if (isWaiting !== (since !== null)) waitingSince.set(socket, isWaiting ? now : null);
    }
  };
  const checks = setInterval(closeUnread, Math.min(1000, responseTimeoutMs)).unref();
  server.on('close', () => clearInterval(checks));
}
