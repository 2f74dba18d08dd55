import type { Dispatcher } from 'undici';

type Headers = Record<string, string | string[] | undefined>;

export interface AnswerHead {
  status: number;
  /** Names in lower case. */
  headers: Headers;
}

export interface WireAnswer extends AnswerHead {
  text: string;
}

/** An exchange that did not come to its end. */
export class BrokenExchange extends Error {
  override readonly name = 'BrokenExchange';
  /** False when no byte of the request has left, nor ever will. */
  readonly sent: boolean;
  /** The answer's status and headers (maybe an interim 1xx), where they came before the break. */
  readonly head: AnswerHead | undefined;

  constructor(cause: unknown, sent: boolean, head: AnswerHead | undefined) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.sent = sent;
    this.head = head;
  }
}

/**
 * Sends a request and reads the answer to its end. It works on undici's dispatch because only there is known whether a
 * request was ever written to a socket, which decides whether a failed write can have changed anything.
 * @throws BrokenExchange when `signal` fires or the connection fails
 */
export async function exchange(
  dispatcher: Dispatcher,
  options: Dispatcher.DispatchOptions,
  signal: AbortSignal,
): Promise<WireAnswer> {
  const handler = new ExchangeHandler(signal);
  const breakOff = () => handler.breakOff(signal.reason);
  signal.addEventListener('abort', breakOff, { once: true });
  try {
    if (!signal.aborted) dispatcher.dispatch(options, handler);
    return await handler.answer;
  } finally {
    signal.removeEventListener('abort', breakOff);
  }
}

class ExchangeHandler implements Dispatcher.DispatchHandler {
  readonly #signal: AbortSignal;
  readonly #settle = Promise.withResolvers<WireAnswer>();
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | undefined;
  #head: AnswerHead | undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    if (signal.aborted) this.breakOff(signal.reason);
  }

  get answer(): Promise<WireAnswer> {
    return this.#settle.promise;
  }

  /** A request that still waits for a connection is given up at once, and aborted when its turn comes. */
  breakOff(reason: unknown): void {
    this.#reject(reason);
    this.#controller?.abort(asError(reason));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#signal.aborted) controller.abort(asError(this.#signal.reason));
    else this.#controller = controller;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    this.#head = { status, headers };
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const text = new TextDecoder().decode(Buffer.concat(this.#chunks));
    if (this.#head === undefined) this.#reject(new Error('the answer ended before it began'));
    else this.#settle.resolve({ ...this.#head, text });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#reject(error);
  }

  #reject(cause: unknown): void {
    this.#settle.reject(new BrokenExchange(cause, this.#controller !== undefined, this.#head));
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
