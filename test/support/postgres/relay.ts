import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * A way to a database server that a test can block, as a network or a server does that hangs: connections stay open, new
 * ones are accepted, and nothing arrives.
 */
export class Relay {
  /** The address of the database through the relay. */
  readonly url: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** What waits for {@link forward}; null: everything is forwarded at once. */
  #held: (() => void)[] | null = null;
  #onLeft: () => void = () => {};

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  /** @param url of the database */
  static async start(url: string): Promise<Relay> {
    const { hostname, port } = new URL(url);
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('The relay has no port');
    const own = new URL(url);
    own.hostname = '127.0.0.1';
    own.port = String(address.port);
    const relay = new Relay(server, own.href);
    server.on('connection', (client) => relay.#join(client, connect(Number(port), hostname)));
    return relay;
  }

  /** Lets nothing through until {@link forward}. */
  block(): void {
    this.#held ??= [];
  }

  /** Lets through what has been held back, and all that follows. */
  forward(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const pass of held) pass();
  }

  /** Resolves when a client closes a connection. */
  left(): Promise<void> {
    return new Promise((resolve) => {
      this.#onLeft = resolve;
    });
  }

  /** Closes all connections. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(client: Socket, server: Socket): void {
    client.once('close', () => this.#onLeft());
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      // The other side learns of it by the end of its own connection.
      from.on('error', () => {});
      from.on('data', (chunk) => this.#pass(() => to.write(chunk)));
      from.once('close', () => {
        this.#sockets.delete(from);
        this.#pass(() => to.destroy());
      });
    }
  }

  #pass(pass: () => void): void {
    if (this.#held) this.#held.push(pass);
    else pass();
  }
}
