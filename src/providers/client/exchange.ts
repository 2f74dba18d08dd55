import type { Dispatcher } from 'undici';

type Headers = Record<string, string | string[] | undefined>;

/** Status and headers of an answer. */
export interface AnswerHead {
  status: number;
  /** Names in lower case. */
  headers: Headers;
}

/** The whole answer of a provider. */
export interface WireAnswer extends AnswerHead {
  text: string;
}

/** The exchange failed or was aborted before the answer was complete. */
export class BrokenExchangeError extends Error {
  override readonly name = 'BrokenExchangeError';
  /** False if no byte of the request was sent or will be sent. */
  readonly isSent: boolean;
  /** Status and headers (possibly of an interim 1xx) if they arrived before the failure. */
  readonly head: AnswerHead | undefined;

  constructor(cause: unknown, isSent: boolean, head: AnswerHead | undefined) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.isSent = isSent;
    this.head = head;
  }
}

/**
 * Sends a request and reads the whole answer. It uses undici's `dispatch` because only that API shows whether a request was
 * written to a socket. A failed write that was never sent has changed nothing.
 * @throws {BrokenExchangeError} when `signal` fires or the connection fails
 */
export async function exchange(
  dispatcher: Dispatcher,
  options: Dispatcher.DispatchOptions,
  signal: AbortSignal,
): Promise<WireAnswer> {
  const handler = new ExchangeHandler(signal);
  const abort = () => handler.abort(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    if (!signal.aborted) dispatcher.dispatch(options, handler);
    return await handler.answer;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

class ExchangeHandler implements Dispatcher.DispatchHandler {
  readonly #signal: AbortSignal;
  readonly #outcome = Promise.withResolvers<WireAnswer>();
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | undefined;
  #head: AnswerHead | undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    if (signal.aborted) this.abort(signal.reason);
  }

  get answer(): Promise<WireAnswer> {
    return this.#outcome.promise;
  }

  /** Fails immediately. A request that still waits for a connection is aborted when it gets one. */
  abort(reason: unknown): void {
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
    if (this.#head === undefined) this.#reject(new Error('the answer ended without a status'));
    else this.#outcome.resolve({ ...this.#head, text });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#reject(error);
  }

  #reject(cause: unknown): void {
    this.#outcome.reject(new BrokenExchangeError(cause, this.#controller !== undefined, this.#head));
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
