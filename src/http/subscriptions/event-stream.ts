import type { ServerResponse } from 'node:http';
import type { EventBatch, Subscriber } from '../../graphql/subscriptions/shared-subscription.ts';
import { EVENTS_LOST, PING } from './event-format.ts';

/** How many bytes may wait here for a slow client. Node's own buffers of 64 KiB each come on top. */
const MAX_BYTES = 128 * 1024;
/** How often a client gets a ping, in milliseconds. Proxies close silent connections. */
const PING_MS = 12_000;
/** How long a client may take to read the end of its stream, in milliseconds. */
const LINGER_MS = 10_000;

/**
 * The response to one subscriber. Events are written directly to its connection. While the client does not read, an event
 * replaces an earlier one about the same object. The stream ends if too many bytes wait, or if the client reads nothing
 * between two pings.
 */
export class EventStream implements Subscriber {
  readonly #response: ServerResponse;
  readonly #onLost: () => void;
  readonly #pings: NodeJS.Timeout;
  #destroyTimer: NodeJS.Timeout | undefined;
  /** Events that wait until the client reads, by the id of the changed object. */
  readonly #waiting = new Map<string, Uint8Array>();
  #waitingBytes = 0;
  #hasBegun = false;
  /** True if the client did not read before the latest ping. */
  #hasStalled = false;
  /** The last bytes; null until the stream ends. */
  #last: Uint8Array | null = null;

  /** @param onLost called when the stream ends because the client does not read */
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

  /** Sends the headers and a ping, then the events since the client subscribed. */
  begin({ status, headers }: Response): void {
    if (this.#response.headersSent || this.#response.closed) return;
    this.#response.setHeaders(headers).writeHead(status);
    this.#hasBegun = true;
    this.#write(PING);
    this.#flush();
  }

  deliver({ events, bytes }: EventBatch, since: number): void {
    if (this.#last) return;
    const isNewToClient = since < (events[0]?.number ?? 0);
    if (this.#isReading && isNewToClient && bytes.byteLength <= MAX_BYTES) {
      this.#write(bytes);
      return;
    }
    for (const event of events) if (event.number > since) this.#keep(event.id, event.bytes);
    if (this.#waitingBytes + this.#response.writableLength > MAX_BYTES) this.#lose();
    else this.#flush();
  }

  end(last: Uint8Array): void {
    if (this.#last) return;
    this.#last = last;
    clearInterval(this.#pings);
    this.#destroyTimer = setTimeout(() => this.#response.destroy(), LINGER_MS);
    this.#flush();
  }

  /** Frees everything when the connection is closed. */
  #stop(): void {
    this.#last ??= PING;
    this.#forgetWaiting();
    clearInterval(this.#pings);
    clearTimeout(this.#destroyTimer);
  }

  #keep(id: string, bytes: Uint8Array): void {
    this.#waitingBytes += bytes.byteLength - (this.#waiting.get(id)?.byteLength ?? 0);
    // Deleted first, so that the map keeps the order of the latest changes.
    this.#waiting.delete(id);
    this.#waiting.set(id, bytes);
  }

  get #isReading(): boolean {
    return this.#hasBegun && !this.#response.writableNeedDrain;
  }

  /** Sends the waiting events if the client reads. */
  #flush(): void {
    if (!this.#isReading || (this.#waiting.size === 0 && !this.#last)) return;
    const bytes = Buffer.concat([...this.#waiting.values(), this.#last ?? Buffer.alloc(0)]);
    this.#forgetWaiting();
    this.#write(bytes);
    if (this.#last) this.#response.end();
  }

  /** Node would write in the next tick. Writing immediately makes the time count as part of the delivery. */
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
