import type { IncomingMessage } from 'node:http';
import type { Config } from '../../config/config.ts';
import { DecompressionQueue } from './decompression-queue.ts';
import { Quota } from './quota.ts';
import { type ReceivedBody, readBody, rejectAnnouncedLength } from './read-body.ts';

/** The part of the memory for bodies that one caller may use. */
const BYTES_PER_CALLER = 1 / 4;

/** Reads the bodies of requests to GraphQL, within the memory for all of them together. */
export class BodyReader {
  readonly #limit: number;
  readonly #quota: Quota;
  readonly #decompression = new DecompressionQueue();

  constructor({ bodyBytes, bufferedBytes }: Pick<Config['limits'], 'bodyBytes' | 'bufferedBytes'>) {
    this.#limit = bodyBytes;
    this.#quota = new Quota({ total: bufferedBytes, perOwner: bufferedBytes * BYTES_PER_CALLER });
  }

  /** @throws {BodyTooLargeError} if a request announces a body that is larger than it may be after decompression */
  rejectAnnouncedLength(request: IncomingMessage): void {
    rejectAnnouncedLength(request, this.#limit);
  }

  /** See {@link readBody}. @param owner whose part of the memory the body takes */
  read(request: IncomingMessage, owner: string): Promise<ReceivedBody> {
    return readBody(request, { limit: this.#limit, quota: this.#quota, owner, decompression: this.#decompression });
  }
}
