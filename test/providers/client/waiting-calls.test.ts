import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CallOrigin, URGENCIES } from '../../../src/domain/provider/call-origin.ts';
import { MAX_PASSED_OVER, WaitingCalls } from '../../../src/providers/client/waiting-calls.ts';

interface Call extends CallOrigin {
  number: number;
}

const origin = fc.oneof(
  fc.record({ caller: fc.constantFrom('a', 'b', 'c'), urgency: fc.constantFrom(...URGENCIES) }),
  fc.record({
    caller: fc.constantFrom('x', 'y', 'z'),
    group: fc.constant('tokens'),
    urgency: fc.constantFrom(...URGENCIES),
  }),
);
const origins = fc.array(origin, { maxLength: 60 });

function queueOf(all: readonly CallOrigin[]): { waiting: WaitingCalls<Call>; calls: Call[] } {
  const waiting = new WaitingCalls<Call>();
  const calls = all.map((one, number) => ({ ...one, number }));
  for (const call of calls) waiting.add(call, call);
  return { waiting, calls };
}

function drain(waiting: WaitingCalls<Call>): Call[] {
  const taken: Call[] = [];
  for (let turn = waiting.next(); turn; turn = waiting.next()) taken.push(turn.call);
  return taken;
}

describe('waiting calls', () => {
  it('each get exactly one turn; those of one caller and urgency in the order of arrival', () => {
    fc.assert(
      fc.property(origins, (all) => {
        const { waiting, calls } = queueOf(all);
        const taken = drain(waiting);
        expect(taken.toSorted((one, other) => one.number - other.number)).toEqual(calls);
        const lanes = Map.groupBy(taken, ({ caller, urgency }) => `${caller} ${urgency}`);
        for (const lane of lanes.values()) {
          expect(lane).toEqual(lane.toSorted((one, other) => one.number - other.number));
        }
        expect(waiting.size).toBe(0);
      }),
    );
  });

  it('alternate between the callers of one urgency, however many calls one caller has', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 60 }), (callers) => {
        const { waiting } = queueOf(callers.map((caller) => ({ caller, urgency: 'READ' })));
        const taken = drain(waiting).map(({ caller }) => caller);
        for (const [index, caller] of taken.entries()) {
          const next = taken.indexOf(caller, index + 1);
          const between = taken.slice(index + 1, next === -1 ? undefined : next);
          // No other caller gets two turns while this caller waits for one.
          if (next !== -1) expect(new Set(between).size).toBe(between.length);
        }
      }),
    );
  });

  it('alternate between a large group and a single caller, and within the group between its callers', () => {
    const ofGroup = Array.from({ length: 30 }, (_, number) => ({
      caller: `token ${number % 10}`,
      group: 'tokens',
      urgency: 'QUOTE' as const,
    }));
    const { waiting } = queueOf([...ofGroup, ...Array(3).fill({ caller: 'key', urgency: 'QUOTE' })]);
    const taken = drain(waiting).map(({ caller }) => caller);
    expect(taken.slice(0, 6)).toEqual(['token 0', 'key', 'token 1', 'key', 'token 2', 'key']);
    expect(new Set(taken.slice(6, 13)).size).toBe(7);
  });

  it('are passed over while their group is not eligible', () => {
    const { waiting } = queueOf([
      { caller: 'hangs', urgency: 'WRITE' },
      { caller: 'other', urgency: 'BACKGROUND' },
    ]);
    const next = () => waiting.next((group) => group !== 'caller:hangs')?.call.caller;
    expect([next(), next()]).toEqual(['other', undefined]);
    expect(waiting.next()?.call.caller).toBe('hangs');
  });

  it('go by urgency, but no urgency starves', () => {
    const many = Array.from({ length: 100 }, () => ({ caller: 'a', urgency: 'WRITE' as const }));
    const { waiting } = queueOf([
      { caller: 'b', urgency: 'BACKGROUND' },
      { caller: 'b', urgency: 'READ' },
      { caller: 'b', urgency: 'QUOTE' },
      ...many,
    ]);
    const order = drain(waiting).map(({ urgency }) => urgency);
    expect(order.slice(0, MAX_PASSED_OVER)).toEqual(Array(MAX_PASSED_OVER).fill('WRITE'));
    for (const urgency of URGENCIES) expect(order.indexOf(urgency)).toBeLessThan(MAX_PASSED_OVER + URGENCIES.length);
  });

  it('have an estimate of the turns before theirs that is never too high', () => {
    fc.assert(
      fc.property(origins, origin, fc.nat(60), (all, own, turns) => {
        const { waiting } = queueOf(all);
        for (let turn = 0; turn < turns; turn += 1) waiting.next();
        const ahead = waiting.turnsAhead(own);
        const call = { ...own, number: -1 };
        waiting.add(call, own);
        expect(drain(waiting).indexOf(call)).toBeGreaterThanOrEqual(ahead);
      }),
    );
  });

  it('leave every lane with their first turn, and with their removal', () => {
    fc.assert(
      fc.property(origins, fc.array(origin, { minLength: 1, maxLength: 4 }), fc.boolean(), (all, own, isRemoved) => {
        const { waiting, calls } = queueOf(all);
        const shared: Call = { caller: 'shared', urgency: 'READ', number: -1 };
        for (const one of own) waiting.add(shared, one);
        expect(waiting.size).toBe(calls.length + 1);
        if (isRemoved) waiting.remove(shared);
        const taken = drain(waiting);
        expect(taken.filter((call) => call === shared)).toHaveLength(isRemoved ? 0 : 1);
        expect(taken).toHaveLength(calls.length + (isRemoved ? 0 : 1));
      }),
    );
  });

  it('are limited per caller: a caller that fills its lane takes no room from others', () => {
    const waiting = new WaitingCalls<Call>();
    let number = 0;
    const flood = { caller: 'a', urgency: 'READ' as const };
    while (waiting.hasRoom(flood) && number < 100_000) waiting.add({ ...flood, number: ++number }, flood);
    expect(number).toBeLessThan(10_000);
    expect(waiting.hasRoom({ caller: 'b', urgency: 'READ' })).toBe(true);
    const token = () => ({ caller: `token ${number % 20}`, group: 'tokens', urgency: 'READ' as const });
    while (waiting.hasRoom(token()) && number < 100_000) waiting.add({ ...token(), number: ++number }, token());
    expect(waiting.hasRoom({ caller: 'b', urgency: 'READ' })).toBe(true);
    expect(waiting.hasRoom({ caller: 'a', urgency: 'WRITE' })).toBe(true);
  });
});
