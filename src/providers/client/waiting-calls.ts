import { type CallOrigin, URGENCIES, type Urgency } from '../../domain/provider/call-origin.ts';

/** Most waiting calls in one urgency class: of one caller, of one group, and in total. */
const MAX_PER_CALLER = 1000;
const MAX_PER_GROUP = 5000;
const MAX_PER_CLASS = 10_000;
/** How many turns in a row a class with waiting calls may be passed over. */
export const MAX_PASSED_OVER = 9;

/** The waiting calls of one group, one lane per caller. The caller with the next turn is first. */
class Group<Waiting> {
  readonly lanes = new Map<string, Set<Waiting>>();
  size = 0;
}

/** A call that gets a turn, and the group that the turn counts for. */
interface Turn<Waiting> {
  call: Waiting;
  group: string;
}

/** The group of an origin. A caller without a group is a group of its own; the prefixes keep both kinds apart. */
export function groupOf({ group, caller }: CallOrigin): string {
  return group === undefined ? `caller:${caller}` : `group:${group}`;
}

/** The waiting calls of one urgency, by group. The group with the next turn is first. */
class UrgencyClass<Waiting> {
  readonly groups = new Map<string, Group<Waiting>>();
  size = 0;
  /** Turns that other classes got in a row while calls waited in this one. */
  passedOver = 0;
}

/**
 * Decides in which order calls get their turns: the most urgent class first; in it the groups in rotation; in a group the
 * callers in rotation; of one caller first come, first served. A less urgent class still gets one of every ten turns, so that it
 * does not starve. A call with several origins waits in one lane per origin, and leaves all of them with its first turn.
 */
export class WaitingCalls<Waiting extends object> {
  readonly #classes = new Map(URGENCIES.map((urgency) => [urgency, new UrgencyClass<Waiting>()]));
  readonly #origins = new Map<Waiting, CallOrigin[]>();

  /** How many calls wait. */
  get size(): number {
    return this.#origins.size;
  }

  /** Whether one more call of this origin may wait. */
  hasRoom(origin: CallOrigin): boolean {
    const { groups, size } = this.#classOf(origin.urgency);
    const group = groups.get(groupOf(origin));
    if (size >= MAX_PER_CLASS || (group?.size ?? 0) >= MAX_PER_GROUP) return false;
    return (group?.lanes.get(origin.caller)?.size ?? 0) < MAX_PER_CALLER;
  }

  /** Adds a call at the end of its caller's lane. A call that already waits in another lane then waits in both. */
  add(call: Waiting, origin: CallOrigin): void {
    const ofUrgency = this.#classOf(origin.urgency);
    const group = ofUrgency.groups.get(groupOf(origin)) ?? new Group();
    const lane = group.lanes.get(origin.caller) ?? new Set();
    if (lane.has(call)) return;
    group.lanes.set(origin.caller, lane.add(call));
    group.size += 1;
    ofUrgency.groups.set(groupOf(origin), group);
    ofUrgency.size += 1;
    this.#origins.set(call, [...(this.#origins.get(call) ?? []), origin]);
  }

  remove(call: Waiting): void {
    for (const origin of this.#origins.get(call) ?? []) {
      const ofUrgency = this.#classOf(origin.urgency);
      const group = ofUrgency.groups.get(groupOf(origin));
      const lane = group?.lanes.get(origin.caller);
      if (!group || !lane?.delete(call)) continue;
      ofUrgency.size -= 1;
      group.size -= 1;
      if (lane.size === 0) group.lanes.delete(origin.caller);
      if (group.size === 0) ofUrgency.groups.delete(groupOf(origin));
    }
    this.#origins.delete(call);
  }

  /**
   * Removes and returns the call with the next turn; undefined if no call of an eligible group waits.
   * @param isEligible whether a group may have a turn; absent: every group may
   */
  next(isEligible: (group: string) => boolean = () => true): Turn<Waiting> | undefined {
    const chosen = this.#nextClass(isEligible);
    const [name, group] = chosen?.groups.entries().find(([one]) => isEligible(one)) ?? [];
    const [caller, lane] = group?.lanes.entries().next().value ?? [];
    const [call] = lane ?? [];
    if (!chosen || name === undefined || !group || caller === undefined || !lane || !call) return undefined;
    // This caller waits for all other callers of its group, and this group for all other groups.
    moveToEnd(group.lanes, caller, lane);
    moveToEnd(chosen.groups, name, group);
    this.remove(call);
    return { call, group: name };
  }

  /** The minimum number of turns before that of a call that is added now. */
  turnsAhead(origin: CallOrigin): number {
    const { groups, passedOver } = this.#classOf(origin.urgency);
    const { lanes } = groups.get(groupOf(origin)) ?? new Group();
    const inGroup = ahead(lanes, origin.caller, lanes.get(origin.caller)?.size ?? 0);
    const inClass = ahead(groups, groupOf(origin), inGroup);
    const moreUrgent = URGENCIES.slice(0, URGENCIES.indexOf(origin.urgency)).map((one) => this.#classOf(one).size);
    const inAll = moreUrgent.reduce((sum, size) => sum + size, inClass);
    const passedOverFirst = Math.max(0, MAX_PASSED_OVER - passedOver);
    return Math.min(inAll, inClass * (1 + MAX_PASSED_OVER) + passedOverFirst);
  }

  #nextClass(isEligible: (group: string) => boolean): UrgencyClass<Waiting> | undefined {
    const waiting = [...this.#classes.values()].filter(({ groups }) => groups.keys().some(isEligible));
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

function moveToEnd<Value>(round: Map<string, Value>, name: string, value: Value): void {
  round.delete(name);
  round.set(name, value);
}

/**
 * The turns before one member's turn number `own + 1`, in a rotation where each member has `size` waiting calls. The member's own
 * earlier turns count too.
 */
function ahead(round: ReadonlyMap<string, { size: number }>, member: string, own: number): number {
  let turns = own;
  let isLater = false;
  for (const [name, { size }] of round) {
    if (name === member) isLater = true;
    // Members after this one in the rotation get one turn less before that turn.
    else turns += Math.min(size, isLater ? own : own + 1);
  }
  return turns;
}
