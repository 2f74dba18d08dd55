import { type Admission, type RequestFacts, releaseBody, senderOf } from '../request-facts.ts';
import { OverloadedError } from './admission-errors.ts';
import type { BodyReader } from './body-reader.ts';
import { contentCodingOf } from './content-encoding.ts';
import { FairScheduler } from './fair-scheduler.ts';
import type { Quota } from './quota.ts';

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
export class Admissions {
  readonly #bodies: BodyReader;
  readonly #inFlight: Quota;
  readonly #scheduler = new FairScheduler();

  constructor({ bodies, inFlight }: SharedResources) {
    this.#bodies = bodies;
    this.#inFlight = inFlight;
  }

  /**
   * Begins to admit a request that has a format of GraphQL over HTTP.
   * @throws {BodyTooLargeError} if it announces a body that is too large
   * @throws {UnsupportedEncodingError}
   */
  begin(facts: RequestFacts): Admission {
    const { req } = facts;
    const admission = { bytes: Buffer.byteLength(req.url ?? ''), isInFlight: false, isStream: false };
    facts.admission = admission;
    if (req.method !== 'POST') return admission;
    const isCompressed = contentCodingOf(req.headers['content-encoding']) !== null;
    if (!isCompressed) this.#bodies.rejectAnnouncedLength(req);
    return admission;
  }

  /** The body of a POST. @throws as {@link BodyReader.read} */
  async receive(facts: RequestFacts, admission: Admission): Promise<Buffer> {
    if (facts.bodyFailure !== undefined) throw facts.bodyFailure;
    facts.body ??= await this.#bodies.read(facts.req, senderOf(facts).quotaOwner);
    admission.bytes = facts.body.bytes.length;
    return facts.body.bytes;
  }

  /**
   * Admits a request that has arrived. Returns undefined if it may start immediately.
   * @throws {OverloadedError}
   * @returns a promise that rejects with {@link ClientClosedError} if the client leaves before its turn
   */
  start(facts: RequestFacts, admission: Admission): Promise<void> | undefined {
    const { quotaOwner } = senderOf(facts);
    if (!this.#inFlight.take(quotaOwner, 1)) throw new OverloadedError();
    admission.isInFlight = true;
    return this.#scheduler.wait(quotaOwner, () => facts.res.closed);
  }

  /** Frees what a request has taken when its response is ready; its place in flight when the client has read it. */
  end(facts: RequestFacts): void {
    const { admission, res } = facts;
    releaseBody(facts);
    if (!admission?.isInFlight) return;
    const { quotaOwner } = senderOf(facts);
    const leave = () => this.#inFlight.release(quotaOwner, 1);
    // A query has one response even if its client accepts a stream of events or parts.
    if (admission.isStream || res.closed) leave();
    else res.once('close', leave);
  }
}
