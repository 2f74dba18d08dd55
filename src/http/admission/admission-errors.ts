import { GraphQLError } from 'graphql';
import { CLIENT_CLOSED } from '../../telemetry/request-log.ts';

/** When a client may send a rejected request again, in seconds: the value of Retry-After. */
export const RETRY_AFTER_SECONDS = '1';

/** A body is larger than the limit. Answered with 413. */
export class BodyTooLargeError extends GraphQLError {
  constructor() {
    super('The request is too large', { extensions: { code: 'REQUEST_ENTITY_TOO_LARGE', http: { status: 413 } } });
  }
}

/** The quota of the caller, or of all callers together, is used up. Answered with 503. */
export class OverloadedError extends GraphQLError {
  constructor() {
    const http = { status: 503, headers: { 'retry-after': RETRY_AFTER_SECONDS } };
    super('Too many requests at once', { extensions: { code: 'UNAVAILABLE', http } });
  }
}

/** The client closed its connection before its request was complete. */
export class ClientClosedError extends GraphQLError {
  constructor() {
    super('The client closed the connection', {
      extensions: { code: 'CLIENT_CLOSED', http: { status: CLIENT_CLOSED } },
    });
  }
}
