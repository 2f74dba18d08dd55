import { type ContentCoding, codingFor, compress } from './compression.ts';
import { digestOf, etagOf, hasCurrent } from './etag.ts';
import { isJson } from './is-json.ts';

/** The parts of a response whose body has changed. */
interface Finished extends ResponseInit {
  body: Uint8Array<ArrayBuffer> | string | null;
}

/**
 * Compresses the body of a JSON response for a client that accepts it, and gives it its ETag. Streams of events stay as they
 * are: an event would wait in the encoder for the next one.
 *
 * An attacker cannot learn secrets from the length of a compressed answer (BREACH): for that, a page of the attacker must
 * send requests with the victim's credentials, and the gateway accepts none that a browser adds without the page's help.
 * @param hasEtag whether a client that already has the body gets 304
 * @returns undefined if the response stays as it is
 */
export function finishBody(request: Request, response: Response, hasEtag: boolean): Promise<Finished> | undefined {
  if (!isJson(response)) return undefined;
  const length = Number(response.headers.get('content-length'));
  const coding = codingFor(request.headers.get('accept-encoding') ?? undefined, length);
  return hasEtag || coding !== null ? finished(request, response, { coding, hasEtag }) : undefined;
}

async function finished(
  request: Request,
  response: Response,
  { coding, hasEtag }: { coding: ContentCoding | null; hasEtag: boolean },
): Promise<Finished> {
  const { headers, status, statusText } = response;
  const text = await response.text();
  if (hasEtag) {
    // The ETag identifies the body in its coding.
    const etag = etagOf(digestOf(text), coding);
    headers.set('etag', etag);
    if (hasCurrent(request.headers.get('if-none-match') ?? undefined, etag)) {
      for (const name of ['content-type', 'content-length']) headers.delete(name);
      return { body: null, status: 304, headers };
    }
  }
  if (coding === null) return { body: text, status, statusText, headers };
  const body = await compress(Buffer.from(text), coding);
  headers.set('content-encoding', coding);
  headers.set('content-length', String(body.length));
  return { body, status, statusText, headers };
}
