import type { Plugin } from 'graphql-yoga';
import type { Config } from '../../config/config.ts';
import type { RequestContext } from '../../graphql/context.ts';
import { type Admission, type RequestFacts, senderOf } from '../request-facts.ts';
import { discardUnreadBody } from '../responses/unread-body.ts';
import { OverloadedError } from './admission-errors.ts';
import type { BodyReader } from './body-reader.ts';
import { contentCodingOf } from './content-encoding.ts';
import { FairScheduler } from './fair-scheduler.ts';
import type { Quota } from './quota.ts';
import { quotaOwner } from './quota-owner.ts';
import { rejectAnnouncedLength } from './read-body.ts';

/** What requests to GraphQL share. */
export interface SharedResources {
  bodies: BodyReader;
  /** Requests in flight, by their owner. */
  inFlight: Quota;
}

/**
 * Reads the bodies of requests and admits requests within the quota of their caller, then starts them in fair order. A
 * request is in flight from the arrival of its last byte until the client has read the response. A stream, such as a
 * subscription, is in flight only until its response begins.
 */
export function useAdmission(
  { bodyBytes }: Pick<Config['limits'], 'bodyBytes'>,
  { bodies, inFlight }: SharedResources,
): Plugin<RequestContext & RequestFacts, RequestFacts> {
  const scheduler = new FairScheduler();
  return {
    onRequestParse({ request, serverContext, requestParser, setRequestParser }) {
      if (!requestParser) return;
      const { req, res } = serverContext;
      const owner = quotaOwner(senderOf(serverContext));
      const bytes = Buffer.byteLength(req.url ?? '');
      const admission: Admission = { owner, bytes, isInFlight: false, isStream: false };
      serverContext.admission = admission;
      if (request.method === 'POST') {
        const isCompressed = contentCodingOf(req.headers['content-encoding']) !== null;
        if (!isCompressed) rejectAnnouncedLength(req, bodyBytes);
        setRequestParser(async () => {
          const { body, bodyFailure } = serverContext;
          if (bodyFailure !== undefined) throw bodyFailure;
          const { bytes, release } = body ?? (await bodies.read(req, owner));
          admission.bytes = bytes.length;
          // A body that was read before is released by its reader.
          if (!body) admission.releaseBody = release;
          // Yoga's parsers read the body by these two. Its own json() treats an object with a key `then` as a promise, and
          // quotes invalid JSON in full.
          const text = async () => bytes.toString();
          const json = async () => JSON.parse(bytes.toString());
          return requestParser(Object.assign(request, { text, json }));
        });
      }
      return {
        onRequestParseDone() {
          if (!inFlight.take(owner, 1)) throw new OverloadedError();
          admission.isInFlight = true;
          return scheduler.wait(owner, () => res.closed);
        },
      };
    },
    onSubscribe({ args }) {
      if (args.contextValue.admission) args.contextValue.admission.isStream = true;
    },
    onResponse({ serverContext: { admission, req, res } }) {
      discardUnreadBody(req, res);
      admission?.releaseBody?.();
      if (!admission?.isInFlight) return;
      const end = () => inFlight.release(admission.owner, 1);
      // A query has one response even if its client accepts a stream of events or parts.
      if (admission.isStream || res.closed) end();
      else res.once('close', end);
    },
  };
}
