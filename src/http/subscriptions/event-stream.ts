import type { ServerResponse } from 'node:http';
import type { EventBatch, Subscriber } from '../../graphql/subscriptions/shared-subscription.ts';
import { EVENTS_LOST, PING } from './event-format.ts';

/** How many bytes may wait here for a client to read them; node's own buffers hold 64 KiB each besides. */
const MOST_BYTES = 128 * 1024;
/** How often a client without events gets a ping, in milliseconds: proxies close silent connections. */
const PING_MS = 12_000;
/** How long a client may take to read that its stream has ended, in milliseconds. */
const LINGER_MS = 10_000;

/**
 * The answer to one subscriber: events are written straight to its connection. While the client does not read, an event
 * replaces an earlier one of the same thing. The stream ends when too much would wait here for the client, or when it
 * reads nothing between two pings.
 */
export class EventStream implements Subscriber {
  readonly #response: ServerResponse;
  readonly #onLost: () => void;
  readonly #pings: NodeJS.Timeout;
  #cut: NodeJS.Timeout | undefined;
  /** Events that wait until the client reads, by the thing that has changed. */
  readonly #waiting = new Map<string, Uint8Array>();
  #waitingBytes = 0;
  #hasBegun = false;
  #hasStalled = false;
  /** Null until the stream ends. */
  #last: Uint8Array | null = null;

  /** @param onLost called when the client is ended because it does not read */
  constructor(response: ServerResponse, onLost: () => void) {
    this.#response = response;
    this.#onLost = onLost;
    this.#pings = setInterval(() => this.#ping(), PING_MS);
    response.once('close', () => this.#stop());
    response.on('drain', () => {
      this.#hasStalled = false;
      this.#flush();
    });
  }

  /** Sends the beginning of the answer and a ping, and what has happened since the client subscribed. */
  begin({ status, headers }: Response): void {
    if (this.#response.headersSent || this.#response.closed) return;
    this.#response.setHeaders(headers).writeHead(status);
    this.#hasBegun = true;
    this.#write(PING);
    this.#flush();
  }

  deliver({ events, bytes }: EventBatch, since: number): void {
    if (this.#last) return;
    const isForAll = since < (events[0]?.number ?? 0);
    if (this.#isReading && isForAll && bytes.byteLength <= MOST_BYTES) {
      this.#write(bytes);
      return;
    }
    for (const event of events) if (event.number > since) this.#keep(event.id, event.bytes);
    if (this.#waitingBytes + this.#response.writableLength > MOST_BYTES) this.#lose();
    else this.#flush();
  }

  end(last: Uint8Array): void {
    if (this.#last) return;
    this.#last = last;
    clearInterval(this.#pings);
    this.#cut = setTimeout(() => this.#response.destroy(), LINGER_MS);
    this.#flush();
  }

  /** The connection is closed. */
  #stop(): void {
    this.#last ??= PING;
    this.#forgetWaiting();
    clearInterval(this.#pings);
    clearTimeout(this.#cut);
  }

  #keep(id: string, bytes: Uint8Array): void {
    this.#waitingBytes += bytes.byteLength - (this.#waiting.get(id)?.byteLength ?? 0);
    // The order is that of the latest changes.
    this.#waiting.delete(id);
    this.#waiting.set(id, bytes);
  }

  get #isReading(): boolean {
    return this.#hasBegun && !this.#response.writableNeedDrain;
  }

  /** Sends what waits to a client that reads. */
  #flush(): void {
    if (!this.#isReading || (this.#waiting.size === 0 && !this.#last)) return;
    const bytes = Buffer.concat([...this.#waiting.values(), this.#last ?? Buffer.alloc(0)]);
    this.#forgetWaiting();
    this.#write(bytes);
    if (this.#last) this.#response.end();
  }

  /** Node would write in the next tick; written here, it is a part of the slice of time that deliveries get. */
  #write(bytes: Uint8Array): void {
    const { socket } = this.#response;
    socket?.cork();
    this.#response.write(bytes);
    socket?.uncork();
  }

  #ping(): void {
    if (this.#isReading) this.#write(PING);
    else if (this.#hasStalled) this.#lose();
    else this.#hasStalled = true;
  }

  #lose(): void {
    this.#forgetWaiting();
    this.#onLost();
    this.end(EVENTS_LOST);
  }

  #forgetWaiting(): void {
    this.#waiting.clear();
    this.#waitingBytes = 0;
  }
}
