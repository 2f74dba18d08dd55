import type { Instant } from '../../domain/promotion/promotion.ts';
import { currentSignal } from '../../domain/provider/cancellation.ts';
import type { Call } from '../../domain/provider/provider.ts';
import type { AnswerMoment, Sending } from '../../store/promotions/answer-moment.ts';
import type { Store } from '../../store/store.ts';

/** The parts of the gateway that time a call. */
interface TimingParts {
  store: Pick<Store, 'promotions'>;
  clock: () => Instant;
}

/** A call to a provider whose answer will be saved. */
export interface TimedCall {
  /** Passed to the provider. */
  call: Call;
  /** Returns when the call was sent. It has been answered by now. */
  answered(): Promise<AnswerMoment>;
}

/**
 * Times the calls of one reading, which follow one another. Each page of a long list is as old as its own call. The
 * sequence number of a call is a write to the store, so it is drawn right before the request is written: a call that is
 * never sent costs none.
 */
export class CallTiming {
  readonly #gateway: TimingParts;
  #first: Sending | undefined;

  constructor(gateway: TimingParts) {
    this.#gateway = gateway;
  }

  start(): TimedCall {
    let sending: Sending | undefined;
    const sent = async () => {
      sending ??= await this.#draw();
      this.#first ??= sending;
      return sending;
    };
    return {
      call: { signal: currentSignal(), onSend: async () => void (await sent()) },
      answered: async () => this.#gateway.store.promotions.answered(await sent()),
    };
  }

  /** When the first call was sent; now, if no call was needed. */
  async first(): Promise<Sending> {
    this.#first ??= await this.#draw();
    return this.#first;
  }

  #draw(): Promise<Sending> {
    return this.#gateway.store.promotions.sending(this.#gateway.clock());
  }
}
