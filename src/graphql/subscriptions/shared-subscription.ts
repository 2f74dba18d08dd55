import type { Instant } from '../../domain/promotion/promotion.ts';
import type { ChangeReader } from '../../gateway/core/topic.ts';
import type { ChangeSource } from './change-source.ts';
import type { Delivery } from './delivery-loop.ts';

/** An event, the same for every subscriber. */
export interface SentEvent {
  /** The number of the change that caused it. */
  number: number;
  /** The id of the changed object: a later event of the same object may replace this one. */
  id: string;
  bytes: Uint8Array;
}

/** Events that are sent together. `bytes` contains all of them. */
export interface EventBatch {
  events: readonly SentEvent[];
  bytes: Uint8Array;
}

/** The connection to a client. Neither method waits for the client. */
export interface Subscriber {
  /** Sends the events of a batch whose number is larger than `since`. */
  deliver(batch: EventBatch, since: number): void;
  /** Sends the last bytes and ends the stream. */
  end(last: Uint8Array): void;
}

export interface Member {
  readonly subscriber: Subscriber;
  /** The number of the last change before it joined. */
  readonly since: number;
  /** When it must end; null: never. */
  readonly until: Instant | null;
}

/** The parts of a shared subscription that its owner provides. */
export interface SharedBehaviour {
  /** Reads the changed object as it is now; null: not part of this subscription. */
  read: ChangeSource<unknown>['read'];
  /** Executes the operation for one value. Resolves to the bytes of the event. */
  execute(value: unknown): Promise<Uint8Array>;
  clock: () => Instant;
  /** The last bytes of a stream that ends normally, has lost events, or has failed. */
  last: { complete: Uint8Array; eventsLost: Uint8Array; failed(error: unknown): Uint8Array };
  /** Called once, when no further member may join. */
  onOver: () => void;
}

/** Batches exceed this by at most one event. */
const BATCH_BYTES = 32 * 1024;

const NOTHING = new Uint8Array();

/** One pass over the members, which may take several slices. */
interface Round {
  left: Iterator<Member>;
  act(member: Member): void;
}

/**
 * One subscription for all members with the same operation, variables and view: each event is executed and serialized
 * once. The more changes there are, the more events go into one batch, and the fewer passes over the members are
 * needed.
 */
export class SharedSubscription implements Delivery {
  readonly #behaviour: SharedBehaviour;
  readonly #reader: ChangeReader;
  readonly #members = new Set<Member>();
  #gathered: SentEvent[] = [];
  #gatheredBytes = 0;
  #round: Round | null = null;
  #isOver = false;

  constructor(reader: ChangeReader, behaviour: SharedBehaviour) {
    this.#reader = reader;
    this.#behaviour = behaviour;
  }

  get hasWork(): boolean {
    if (this.#members.size === 0) return false;
    const hasEvents = this.#gathered.length > 0 || this.#reader.hasLost || this.#reader.hasNext;
    return this.#round !== null || hasEvents;
  }

  add(member: Member): void {
    this.#members.add(member);
  }

  /** Removes a member. The others continue. */
  remove(member: Member): void {
    if (this.#members.delete(member) && this.#members.size === 0) this.#close();
  }

  /** Ends the stream of one member normally. */
  complete(member: Member): void {
    this.#end(member, this.#behaviour.last.complete);
  }

  /** Ends the stream of one member as a broken connection does: its client connects again. */
  disconnect(member: Member): void {
    this.#end(member, NOTHING);
  }

  async work(hasTime: () => boolean): Promise<void> {
    this.#round ??= await this.#nextRound(hasTime);
    if (!this.#round) return;
    for (let next = this.#round.left.next(); !next.done; next = this.#round.left.next()) {
      this.#round.act(next.value);
      if (!hasTime()) return;
    }
    this.#round = null;
  }

  /** Returns null if there is nothing to send yet. */
  async #nextRound(hasTime: () => boolean): Promise<Round | null> {
    const { last } = this.#behaviour;
    if (this.#reader.hasLost) return this.#endAll(last.eventsLost);
    try {
      const isReady = await this.#gather(hasTime);
      return isReady && this.#gathered.length > 0 ? this.#sendAll(this.#takeBatch()) : null;
    } catch (error) {
      return this.#endAll(last.failed(error));
    }
  }

  /**
   * Executes the operation for one changed object after another. An event costs one execution, and a batch one write
   * for each member, so a batch is sent when it has as many events as there are members.
   * @returns whether to send what is gathered: it is a batch, or nothing else has changed
   */
  async #gather(hasTime: () => boolean): Promise<boolean> {
    const { read, execute } = this.#behaviour;
    do {
      const change = this.#reader.next();
      if (!change) return true;
      const value = await read(change);
      if (value === null) continue;
      const bytes = await execute(value);
      this.#gathered.push({ number: change.number, id: change.id, bytes });
      this.#gatheredBytes += bytes.byteLength;
    } while (!this.#isBatch && hasTime());
    return this.#isBatch || !this.#reader.hasNext;
  }

  get #isBatch(): boolean {
    return this.#gatheredBytes >= BATCH_BYTES || this.#gathered.length >= this.#members.size;
  }

  #takeBatch(): EventBatch {
    const events = this.#gathered;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    const [first] = events;
    const bytes = first && events.length === 1 ? first.bytes : Buffer.concat(events.map((event) => event.bytes));
    return { events, bytes };
  }

  #sendAll(batch: EventBatch): Round {
    const { clock, last } = this.#behaviour;
    const act = (member: Member) => {
      if (member.until !== null && clock() >= member.until) this.#end(member, last.complete);
      else member.subscriber.deliver(batch, member.since);
    };
    return { left: this.#members.values(), act };
  }

  #endAll(last: Uint8Array): Round {
    this.#over();
    return { left: this.#members.values(), act: (member) => this.#end(member, last) };
  }

  #end(member: Member, last: Uint8Array): void {
    this.remove(member);
    member.subscriber.end(last);
  }

  #close(): void {
    this.#over();
    this.#reader.close();
  }

  #over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#behaviour.onOver();
  }
}
