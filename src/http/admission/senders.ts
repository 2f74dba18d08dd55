import type { Authentication } from '../../auth/authentication.ts';
import type { Caller } from '../../auth/caller.ts';
import type { RequestFacts, Sender } from '../request-facts.ts';
import type { ClientAddresses } from './client-address.ts';

/** Identifies who sends a request. */
export class Senders {
  readonly #authentication: Authentication;
  readonly #addresses: ClientAddresses;

  constructor(authentication: Authentication, addresses: ClientAddresses) {
    this.#authentication = authentication;
    this.#addresses = addresses;
  }

  /**
   * Identifies the sender of a request once, however often it is asked. Only a token that has not been verified yet is
   * verified asynchronously.
   * @throws as {@link Authentication.identify}
   */
  identify(facts: RequestFacts): Sender | Promise<Sender> {
    if (facts.sender) return facts.sender;
    if (facts.senderFailure !== undefined) throw facts.senderFailure;
    const caller = this.#authentication.identify(facts.req.headers.authorization);
    return caller instanceof Promise ? caller.then((known) => this.#note(facts, known)) : this.#note(facts, caller);
  }

  #note(facts: RequestFacts, caller: Caller): Sender {
    const address = this.#addresses.of(facts.req, caller);
    const quotaOwner = caller.isServer ? `caller ${caller.name}` : addressOwner(address);
    facts.sender = { caller, address, quotaOwner };
    return facts.sender;
  }
}

/** The owner of the quota of requests whose caller is not a server. */
export function addressOwner(address: string | null): string {
  return `address ${address ?? 'unknown'}`;
}
