import type { Plugin } from 'graphql-yoga';
import type { Config } from '../../config.ts';
import type { RequestContext } from '../../graphql/context.ts';
import { discardRest } from '../answers/unread-body.ts';
import { codingOf } from '../content-encoding.ts';
import type { Admission, RequestFacts } from '../request-facts.ts';
import { holdBody, refuseAnnounced } from './body.ts';
import { FairTurns } from './fair-turns.ts';
import { OverloadedError } from './refusals.ts';
import { Shares } from './shares.ts';

type Limits = Pick<Config['limits'], 'body' | 'heldBytes' | 'inFlight' | 'inFlightPerCaller'>;

/** Of the bytes that all callers together may have here. */
const SHARE_OF_BYTES = 1 / 4;

/**
 * Reads the bodies of requests and admits them to the work, both within the share of their caller, and in fair turns. A request is in flight
 * from the moment when it has arrived as a whole until its client has taken the answer, or the first bytes of one that
 * goes on, such as a subscription's.
 */
export function useIntake(
  limits: Limits,
  shareOf: (facts: RequestFacts) => string,
): Plugin<RequestContext, RequestFacts> {
  const budget = new Shares({ total: limits.heldBytes, each: limits.heldBytes * SHARE_OF_BYTES });
  const inFlight = new Shares({ total: limits.inFlight, each: limits.inFlightPerCaller });
  const turns = new FairTurns();
  return {
    onRequestParse({ request, serverContext, requestParser, setRequestParser, fetchAPI }) {
      if (!requestParser) return;
      const { req, res } = serverContext;
      const admission: Admission = { share: shareOf(serverContext), isInFlight: false };
      serverContext.admission = admission;
      if (request.method === 'POST') {
        const isPacked = codingOf(req.headers['content-encoding']) !== null;
        if (!isPacked) refuseAnnounced(req, limits.body);
        setRequestParser(async () => {
          const { bytes, release } = await holdBody(req, { limit: limits.body, budget, share: admission.share });
          admission.releaseBody = release;
          const headers = isPacked ? withoutCoding(new fetchAPI.Headers(request.headers)) : request.headers;
          return requestParser(new fetchAPI.Request(request.url, { method: 'POST', headers, body: bytes }));
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
    onResponse({ response, serverContext: { admission, req, res } }) {
      discardRest(req, res);
      admission?.releaseBody?.();
      if (!admission?.isInFlight) return;
      const end = () => inFlight.give(admission.share, 1);
      const isWhole = response.headers.get('content-type')?.includes('json') === true;
      if (isWhole && !res.closed) res.once('close', end);
      else end();
    },
  };
}

/** Without what is true of the body only as it was sent. */
function withoutCoding(headers: Headers): Headers {
  for (const name of ['content-encoding', 'content-length']) headers.delete(name);
  return headers;
}
