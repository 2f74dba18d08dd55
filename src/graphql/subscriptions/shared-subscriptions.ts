import { createHash } from 'node:crypto';
import {
  createSourceEventStream,
  type ExecutionResult,
  execute,
  type GraphQLError,
  getOperationAST,
  getVariableValues,
} from 'graphql';
import type { Caller } from '../../auth/caller.ts';
import { canonicalJson } from '../../domain/promotion/canonical-json.ts';
import type { Gateway } from '../../gateway/core/gateway.ts';
import type { Redeemer } from '../../gateway/redemption/redeemer.ts';
import { ChangeSource } from './change-source.ts';
import { DeliveryLoop } from './delivery-loop.ts';
import type { LeanSubscription } from './lean-subscription.ts';
import { type Member, type SharedBehaviour, SharedSubscription, type Subscriber } from './shared-subscription.ts';
import { createEventContext, type View, viewOf } from './view.ts';

/** The format of events on the wire. */
export interface EventFormat extends Pick<SharedBehaviour, 'last'> {
  event(result: ExecutionResult): Uint8Array;
}

interface Refused {
  errors: readonly GraphQLError[];
}

/** A refusal, or a function to leave. */
type Answer = Refused | { leave: () => void };

/** How many streams with expired tokens end at the same time. The others end a moment later. */
const MAX_ENDED = 200;

/** All subscriptions of the process. Those with the same operation, variables and view share one. */
export class SharedSubscriptions {
  readonly #gateway: Gateway;
  readonly #format: EventFormat;
  readonly #onExecution: () => void;
  readonly #shared = new Map<string, SharedSubscription>();
  readonly #joined = new Map<Member, SharedSubscription>();
  readonly #loop: DeliveryLoop;

  /** @param onExecution called for each execution of an operation for an event */
  constructor(gateway: Gateway, format: EventFormat, onExecution: () => void) {
    this.#gateway = gateway;
    this.#format = format;
    this.#onExecution = onExecution;
    this.#loop = new DeliveryLoop(gateway.reportBug);
    gateway.changeFeed.onTick(() => this.#endWhatIsOver());
  }

  /** How many shared subscriptions there are. */
  get size(): number {
    return this.#shared.size;
  }

  /** Sends further changes to a subscriber until it leaves, its token expires or the process stops. */
  async join(
    subscription: LeanSubscription,
    { caller, redeemer }: { caller: Caller; redeemer: Redeemer },
    subscriber: Subscriber,
  ): Promise<Answer> {
    const view = viewOf(caller);
    const key = keyOf(subscription, view);
    if (typeof key !== 'string') return key;
    const source = await this.#sourceOf(subscription, view);
    if ('errors' in source) return source;
    await source.admit(redeemer);
    const since = await this.#gateway.changeFeed.latest();
    let shared = this.#shared.get(key);
    while (!shared) {
      await this.#begin(key, subscription, { view, source });
      // It can already be over again, because its changes came too fast.
      shared = this.#shared.get(key);
    }
    const member = { subscriber, since, until: caller.until };
    shared.add(member);
    this.#joined.set(member, shared);
    if (this.#gateway.changeFeed.isClosed) this.#end(member, shared);
    else if (shared.hasWork) this.#loop.add(shared);
    return {
      leave: () => {
        this.#joined.delete(member);
        shared.remove(member);
      },
    };
  }

  /** Where the changes come from. Reads nothing yet. */
  async #sourceOf(subscription: LeanSubscription, view: View): Promise<ChangeSource<unknown> | Refused> {
    const contextValue = createEventContext(this.#gateway, view);
    const source = await createSourceEventStream({ ...subscription, contextValue });
    if ('errors' in source) return { errors: source.errors ?? [] };
    if (!(source instanceof ChangeSource)) throw new Error('A subscription field must give a ChangeSource');
    return source;
  }

  /** Begins a shared subscription, unless another call begins an equal one meanwhile. */
  async #begin(
    key: string,
    subscription: LeanSubscription,
    { view, source }: { view: View; source: ChangeSource<unknown> },
  ): Promise<void> {
    const newContext = () => createEventContext(this.#gateway, view);
    let onNews = () => {};
    const reader = await source.open(() => onNews());
    if (this.#shared.has(key)) return reader.close();
    const shared = new SharedSubscription(reader, {
      read: source.read,
      execute: async (rootValue) => {
        this.#onExecution();
        return this.#format.event(await execute({ ...subscription, rootValue, contextValue: newContext() }));
      },
      clock: this.#gateway.clock,
      last: this.#format.last,
      onOver: () => this.#shared.delete(key),
    });
    onNews = () => this.#loop.add(shared);
    this.#shared.set(key, shared);
  }

  #endWhatIsOver(): void {
    const { changeFeed, clock } = this.#gateway;
    const now = clock();
    let ended = 0;
    for (const [member, shared] of this.#joined) {
      const isOver = member.until !== null && now >= member.until && ended < MAX_ENDED;
      if (isOver || changeFeed.isClosed) {
        this.#end(member, shared);
        ended += 1;
      }
    }
  }

  #end(member: Member, shared: SharedSubscription): void {
    this.#joined.delete(member);
    // A client takes a completed stream for the end, and connects again after a broken one.
    if (this.#gateway.changeFeed.isClosed) shared.disconnect(member);
    else shared.complete(member);
  }
}

/** A key that equal subscriptions share, or the errors of invalid variables. */
function keyOf(
  { schema, document, text, operationName, variableValues }: LeanSubscription,
  view: View,
): string | Refused {
  const operation = getOperationAST(document, operationName);
  const { coerced, errors } = getVariableValues(schema, operation?.variableDefinitions ?? [], variableValues);
  if (errors) return { errors };
  return createHash('sha256')
    .update(canonicalJson([text, coerced, view]))
    .digest('base64url');
}
