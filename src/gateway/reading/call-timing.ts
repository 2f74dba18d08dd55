import type { Call } from '../../domain/provider/provider.ts';
import type { AnswerMoment, Sending } from '../../store/promotions/answer-moment.ts';
import type { Gateway } from '../core/gateway.ts';

/** A call to a provider whose answer is to be taken in. */
export interface TimedCall {
  /** What the provider is called with. */
  call: Call;
  /** When the call was sent, and that it has been answered by now. */
  answered(): AnswerMoment;
}

/**
 * When the calls of one reading are sent and answered: the pages of a long one are as old as their own calls, not as the
 * whole. A moment of sending is a write to the store, so it is drawn right before the request is written: a call that gets
 * no turn costs none.
 */
export class CallTiming {
  readonly #gateway: Pick<Gateway, 'store' | 'clock'>;
  #first: Sending | undefined;

  constructor(gateway: Pick<Gateway, 'store' | 'clock'>) {
    this.#gateway = gateway;
  }

  start(): TimedCall {
    let sending: Sending | undefined;
    const sent = () => {
      sending ??= this.#draw();
      this.#first ??= sending;
      return sending;
    };
    return {
      call: { onSend: () => void sent() },
      answered: () => this.#gateway.store.promotions.answered(sent()),
    };
  }

  /** When the first of its calls was sent; now, where it was known without one. */
  first(): Sending {
    this.#first ??= this.#draw();
    return this.#first;
  }

  #draw(): Sending {
    return this.#gateway.store.promotions.sending(this.#gateway.clock());
  }
}
