import { GraphQLError } from 'graphql';

/** A body that is larger than it may be. */
export class BodyTooLargeError extends GraphQLError {
  constructor() {
    super('The request is too large', { extensions: { code: 'REQUEST_ENTITY_TOO_LARGE', http: { status: 413 } } });
  }
}

/** When work that was refused may be sent again, in seconds. */
export const RETRY_AFTER = '1';

/** The caller, or all callers together, have as much under way as they may. */
export class OverloadedError extends GraphQLError {
  constructor() {
    const http = { status: 503, headers: { 'retry-after': RETRY_AFTER } };
    super('Too many requests at once', { extensions: { code: 'UNAVAILABLE', http } });
  }
}

/** Logged in the place of a status: a client that has closed its connection gets no answer. */
export const CLIENT_CLOSED = 499;

/** The client closed its connection in the middle of its body. */
export class ClientClosedError extends GraphQLError {
  constructor() {
    super('The client closed the connection', {
      extensions: { code: 'CLIENT_CLOSED', http: { status: CLIENT_CLOSED } },
    });
  }
}
