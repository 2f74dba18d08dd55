import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { type ContentCoding, codingFor, compress } from './compression.ts';
import { digestOf, etagOf, hasCurrent } from './etag.ts';
import type { PlainResponse } from './responder.ts';

/**
 * A body that stays the same while the process runs. It is compressed once for each coding. As buffers it takes its memory
 * once, however many connections send it. Clients keep it, and ask with its ETag whether it has changed.
 */
export class StaticBody {
  readonly #bytes: Buffer;
  readonly #digest: string;
  readonly #headers: OutgoingHttpHeaders;
  readonly #compressed = new Map<ContentCoding, Promise<Buffer>>();

  /** @param headers of each response with this body */
  constructor(text: string, headers: OutgoingHttpHeaders) {
    this.#bytes = Buffer.from(text);
    this.#digest = digestOf(this.#bytes);
    this.#headers = headers;
  }

  /** The response to a request with these headers: 304 if the client already has the body. */
  async responseTo(request: IncomingHttpHeaders): Promise<PlainResponse> {
    const coding = codingFor(request['accept-encoding'], this.#bytes.length);
    const etag = etagOf(this.#digest, coding);
    // Responses at the same URL also depend on Accept: most are answers to operations.
    const headers = { etag, 'cache-control': 'no-cache', vary: 'Accept, Accept-Encoding' };
    if (hasCurrent(request['if-none-match'], etag)) return { status: 304, headers, body: '' };
    Object.assign(headers, this.#headers, coding && { 'content-encoding': coding });
    return { status: 200, headers, body: coding ? await this.#in(coding) : this.#bytes };
  }

  #in(coding: ContentCoding): Promise<Buffer> {
    const known = this.#compressed.get(coding);
    if (known) return known;
    const compressing = compress(this.#bytes, coding, 'SMALL');
    this.#compressed.set(coding, compressing);
    // The next request tries again.
    compressing.catch(() => this.#compressed.delete(coding));
    return compressing;
  }
}
