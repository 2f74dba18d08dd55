import { createServer } from 'node:http';
import { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { limitConnections } from '../../../src/http/admission/connections.ts';

const RULES = { max: 4, bodyTimeoutMs: 1000, responseTimeoutMs: 1000, keepAliveTimeoutMs: 1000 };

/** A connection from an address that this machine does not have. */
function connectionFrom(remoteAddress: string): Socket {
  return Object.defineProperty(new Socket(), 'remoteAddress', { value: remoteAddress });
}

it('all addresses of one IPv6 network share one connection limit', () => {
  const server = createServer();
  limitConnections(server, RULES, []);
  const sockets = ['2001:db8::1', '2001:db8::2', '2001:db8::ffff:3', '2001:db8:0:1::1', '::ffff:203.0.113.7'].map(
    connectionFrom,
  );
  for (const socket of sockets) server.emit('connection', socket);
  expect(sockets.map(({ destroyed }) => destroyed)).toEqual([false, false, true, false, false]);
  for (const socket of sockets) socket.destroy();
  server.emit('close');
});
