import type { Plugin } from 'graphql-yoga';
import type { Config } from '../../config/config.ts';
import type { RequestContext } from '../../graphql/context.ts';
import type { Admission, RequestFacts } from '../request-facts.ts';
import { discardRest } from '../responses/unread-body.ts';
import { OverloadedError } from './admission-errors.ts';
import { contentCodingOf } from './content-encoding.ts';
import { DecompressionQueue } from './decompression-queue.ts';
import { FairScheduler } from './fair-scheduler.ts';
import { Quota } from './quota.ts';
import { readBody, refuseAnnounced } from './read-body.ts';

type Limits = Pick<Config['limits'], 'body' | 'heldBytes' | 'inFlight' | 'inFlightPerCaller'>;

/** How much of all held bytes one caller may have. */
const SHARE_OF_BYTES = 1 / 4;

/**
 * Reads the bodies of requests and admits the requests, both within the share of their caller, and begins them in fair
 * turns. A request is in flight from when it has arrived completely until its client has read the answer; a stream, such
 * as a subscription's, only until its answer begins.
 */
export function useAdmission(
  limits: Limits,
  shareOf: (facts: RequestFacts) => string,
): Plugin<RequestContext & RequestFacts, RequestFacts> {
  const budget = new Quota({ total: limits.heldBytes, each: limits.heldBytes * SHARE_OF_BYTES });
  const unpacking = new DecompressionQueue();
  const inFlight = new Quota({ total: limits.inFlight, each: limits.inFlightPerCaller });
  const turns = new FairScheduler();
  return {
    onRequestParse({ request, serverContext, requestParser, setRequestParser, fetchAPI }) {
      if (!requestParser) return;
      const { req, res } = serverContext;
      const admission: Admission = { share: shareOf(serverContext), isInFlight: false, isStream: false };
      serverContext.admission = admission;
      if (request.method === 'POST') {
        const isPacked = contentCodingOf(req.headers['content-encoding']) !== null;
        if (!isPacked) refuseAnnounced(req, limits.body);
        setRequestParser(async () => {
          const { share } = admission;
          const { bytes, release } = await readBody(req, { limit: limits.body, budget, share, unpacking });
          admission.releaseBody = release;
          const headers = isPacked ? withoutCoding(new fetchAPI.Headers(request.headers)) : request.headers;
          const whole = new fetchAPI.Request(request.url, { method: 'POST', headers, body: bytes });
          // Its own takes JSON with a key `then` for a promise, and repeats what is no JSON as a whole.
          return requestParser(Object.assign(whole, { json: async () => JSON.parse(bytes.toString()) }));
        });
      }
      return {
        onRequestParseDone() {
          if (!inFlight.take(admission.share, 1)) throw new OverloadedError();
          admission.isInFlight = true;
          return turns.wait(admission.share, () => res.closed);
        },
      };
    },
    onSubscribe({ args }) {
      if (args.contextValue.admission) args.contextValue.admission.isStream = true;
    },
    onResponse({ serverContext: { admission, req, res } }) {
      discardRest(req, res);
      admission?.releaseBody?.();
      if (!admission?.isInFlight) return;
      const end = () => inFlight.give(admission.share, 1);
      // The answer of a query is one also where its client asks for a stream of events or parts.
      if (admission.isStream || res.closed) end();
      else res.once('close', end);
    },
  };
}

/** Without the headers that describe the packed body. */
function withoutCoding(headers: Headers): Headers {
  for (const name of ['content-encoding', 'content-length']) headers.delete(name);
  return headers;
}
