import { type CallOrigin, URGENCIES, type Urgency } from '../../promo/calls/call-origin.ts';

/** How many calls of one caller wait in one class of urgency at most, and how many of all callers together. */
const MAX_PER_CALLER = 1000;
const MAX_PER_CLASS = 10_000;
/** How many turns in a row may go to other classes while calls of a class wait. */
export const MAX_PASSED_OVER = 9;

/** The waiting calls of one class of urgency, by caller. The caller whose turn it is stands first. */
class UrgencyClass<Waiting> {
  readonly lanes = new Map<string, Set<Waiting>>();
  size = 0;
  /** Turns given to other classes since this one had its last, while calls waited here. */
  passedOver = 0;
}

/**
 * The order in which calls get their turns: by urgency, then one caller after the other, then first come, first served. A
 * class of lower urgency still gets one of every few turns. A call with several origins waits in a lane for each of them
 * and leaves all of them with its first turn. Knows nothing of time.
 */
export class WaitingCalls<Waiting extends object> {
  readonly #classes = new Map(URGENCIES.map((urgency) => [urgency, new UrgencyClass<Waiting>()]));
  readonly #origins = new Map<Waiting, CallOrigin[]>();

  /** How many calls wait. */
  get size(): number {
    return this.#origins.size;
  }

  hasRoom({ caller, urgency }: CallOrigin): boolean {
    const { lanes, size } = this.#classOf(urgency);
    return size < MAX_PER_CLASS && (lanes.get(caller)?.size ?? 0) < MAX_PER_CALLER;
  }

  /** Puts a call at the end of its caller's lane. One that waits already gets one more lane to be called from. */
  add(call: Waiting, origin: CallOrigin): void {
    const ofUrgency = this.#classOf(origin.urgency);
    const lane = ofUrgency.lanes.get(origin.caller) ?? new Set();
    if (lane.has(call)) return;
    ofUrgency.lanes.set(origin.caller, lane.add(call));
    ofUrgency.size += 1;
    this.#origins.set(call, [...(this.#origins.get(call) ?? []), origin]);
  }

  remove(call: Waiting): void {
    for (const { caller, urgency } of this.#origins.get(call) ?? []) {
      const ofUrgency = this.#classOf(urgency);
      const lane = ofUrgency.lanes.get(caller);
      if (!lane?.delete(call)) continue;
      ofUrgency.size -= 1;
      if (lane.size === 0) ofUrgency.lanes.delete(caller);
    }
    this.#origins.delete(call);
  }

  /** Takes the call whose turn it is; undefined: none waits. */
  next(): Waiting | undefined {
    const chosen = this.#nextClass();
    const [first] = chosen?.lanes ?? [];
    if (!chosen || !first) return undefined;
    const [caller, lane] = first;
    const [call] = lane;
    if (!call) return undefined;
    // The caller's next call waits until all others have had a turn.
    chosen.lanes.delete(caller);
    chosen.lanes.set(caller, lane);
    this.remove(call);
    return call;
  }

  /** How many turns go to others at least before a call that is added now has its own. */
  turnsAhead({ caller, urgency }: CallOrigin): number {
    const { lanes, passedOver } = this.#classOf(urgency);
    const own = lanes.get(caller)?.size ?? 0;
    let inClass = own;
    let isLater = false;
    for (const [other, { size }] of lanes) {
      if (other === caller) isLater = true;
      // Callers behind this one have one turn less before its last.
      else inClass += Math.min(size, isLater ? own : own + 1);
    }
    const moreUrgent = URGENCIES.slice(0, URGENCIES.indexOf(urgency)).map((one) => this.#classOf(one).size);
    const inAll = moreUrgent.reduce((sum, size) => sum + size, inClass);
    const passedOverFirst = Math.max(0, MAX_PASSED_OVER - passedOver);
    return Math.min(inAll, inClass * (1 + MAX_PASSED_OVER) + passedOverFirst);
  }

  #nextClass(): UrgencyClass<Waiting> | undefined {
    const waiting = [...this.#classes.values()].filter(({ size }) => size > 0);
    const chosen = waiting.findLast(({ passedOver }) => passedOver >= MAX_PASSED_OVER) ?? waiting[0];
    for (const one of waiting) one.passedOver = one === chosen ? 0 : one.passedOver + 1;
    return chosen;
  }

  #classOf(urgency: Urgency): UrgencyClass<Waiting> {
    const found = this.#classes.get(urgency);
    if (!found) throw new Error(`No calls can wait with the urgency ${urgency}`);
    return found;
  }
}
