import { type CallOrigin, URGENCIES, type Urgency } from '../../domain/provider/call-origin.ts';

/** How many calls of one caller, and of one group, wait in one class of urgency at most, and how many of all together. */
const MAX_PER_CALLER = 1000;
const MAX_PER_GROUP = 5000;
const MAX_PER_CLASS = 10_000;
/** How many turns in a row may go to other classes while calls of a class wait. */
export const MAX_PASSED_OVER = 9;

/** The waiting calls of one group, by caller. The caller whose turn it is stands first. */
class Group<Waiting> {
  readonly lanes = new Map<string, Set<Waiting>>();
  size = 0;
}

/** A call that has its turn, and whose turn it was. */
interface Turn<Waiting> {
  call: Waiting;
  group: string;
}

/** The name of an origin's group: no caller has the name of a group. */
export function groupOf({ group, caller }: CallOrigin): string {
  return group === undefined ? `caller:${caller}` : `group:${group}`;
}

/** The waiting calls of one class of urgency, by group. The group whose turn it is stands first. */
class UrgencyClass<Waiting> {
  readonly groups = new Map<string, Group<Waiting>>();
  size = 0;
  /** Turns given to other classes since this one had its last, while calls waited here. */
  passedOver = 0;
}

/**
 * The order in which calls get their turns: by urgency, then one group of callers after the other,
 * one caller of the group after the other, and first come, first served. A
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

  hasRoom(origin: CallOrigin): boolean {
    const { groups, size } = this.#classOf(origin.urgency);
    const group = groups.get(groupOf(origin));
    if (size >= MAX_PER_CLASS || (group?.size ?? 0) >= MAX_PER_GROUP) return false;
    return (group?.lanes.get(origin.caller)?.size ?? 0) < MAX_PER_CALLER;
  }

  /** Puts a call at the end of its caller's lane. One that waits already gets one more lane to be called from. */
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
   * Takes the call whose turn it is; undefined: none waits of the groups that may have one.
   * @param mayHaveTurn absent: every group may
   */
  next(mayHaveTurn: (group: string) => boolean = () => true): Turn<Waiting> | undefined {
    const chosen = this.#nextClass(mayHaveTurn);
    const [name, group] = chosen?.groups.entries().find(([one]) => mayHaveTurn(one)) ?? [];
    const [caller, lane] = group?.lanes.entries().next().value ?? [];
    const [call] = lane ?? [];
    if (!chosen || name === undefined || !group || caller === undefined || !lane || !call) return undefined;
    // Its next call waits until everybody else in the group has had a turn, and every other group.
    moveToEnd(group.lanes, caller, lane);
    moveToEnd(chosen.groups, name, group);
    this.remove(call);
    return { call, group: name };
  }

  /** How many turns go to others at least before a call that is added now has its own. */
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

  #nextClass(mayHaveTurn: (group: string) => boolean): UrgencyClass<Waiting> | undefined {
    const waiting = [...this.#classes.values()].filter(({ groups }) => groups.keys().some(mayHaveTurn));
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

/** How many turns go to others in a round, in which each member waits for some, before one member's turn after `own` more. */
function ahead(round: ReadonlyMap<string, { size: number }>, member: string, own: number): number {
  let turns = own;
  let isLater = false;
  for (const [name, { size }] of round) {
    if (name === member) isLater = true;
    // Members behind this one have one turn less before its last.
    else turns += Math.min(size, isLater ? own : own + 1);
  }
  return turns;
}
