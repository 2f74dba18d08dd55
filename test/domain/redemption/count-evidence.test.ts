import fc from 'fast-check';
import { expect, it } from 'vitest';
import { acceptCount, addReading, type CountReading, countUse } from '../../../src/domain/redemption/count-evidence.ts';

/** `npm run torture` sets a larger number. */
const RUNS = Number(process.env.MODEL_RUNS ?? 100) * 50;

interface Use {
  takenAt: number;
  state: 'OPEN' | 'COUNTED' | 'GIVEN_BACK' | 'UNCOUNTED';
  /** The customer has spent it at the provider, which may count it later. */
  isSpent: boolean;
}

/** A provider with a lagging counter, the gateway's uses, and answers in transit. */
class History {
  now = 0;
  uses: Use[] = [];
  readings: CountReading[] = [{ answeredAt: 0, atLeast: 0 }];
  /** All readings, without merging or dropping. `readings` must prove the same count. */
  all: CountReading[] = [{ answeredAt: 0, atLeast: 0 }];
  external = 0;
  /** What the provider's counter shows. It may lag behind `spent()`. */
  shown = 0;
  answers: number[] = [];

  hasOpenUse = (from: number, to: number) =>
    this.uses.some(({ state, takenAt }) => state === 'OPEN' && takenAt > from && takenAt <= to);

  spent(): number {
    return this.external + this.uses.filter(({ isSpent }) => isSpent).length;
  }

  arrive(count: number): void {
    const reading = { answeredAt: this.now, atLeast: count };
    this.all.push(reading);
    this.readings = addReading(this.readings, reading, this.hasOpenUse);
  }

  count(use: Use): void {
    use.state = 'COUNTED';
    this.all = this.all.map(({ answeredAt, atLeast }) => ({
      answeredAt,
      atLeast: answeredAt < use.takenAt ? atLeast + 1 : atLeast,
    }));
    this.readings = countUse(this.readings, use.takenAt, this.hasOpenUse);
  }
}

const proven = (readings: CountReading[]) => Math.max(...readings.map(({ atLeast }) => atLeast));
const step = fc.record({
  what: fc.constantFrom(
    'take',
    'spend',
    'count',
    'give back',
    'confirm',
    'external',
    'catch up',
    'ask',
    'answer',
    'replay',
  ),
  which: fc.nat({ max: 20 }),
});

function play(history: History, { what, which }: { what: string; which: number }): void {
  history.now += 1;
  const open = history.uses.filter(({ state }) => state === 'OPEN');
  const use = open[which % Math.max(1, open.length)];
  if (what === 'take') history.uses.push({ takenAt: history.now, state: 'OPEN', isSpent: false });
  if (what === 'spend' && use) use.isSpent = true;
  // The provider counts only uses that were spent there.
  if (what === 'count' && use?.isSpent) history.count(use);
  if (what === 'give back' && use && !use.isSpent) use.state = 'GIVEN_BACK';
  if (what === 'confirm' && use && !use.isSpent) use.state = 'UNCOUNTED';
  if (what === 'external') history.external += 1;
  if (what === 'catch up') history.shown += which % (history.spent() - history.shown + 1);
  if (what === 'ask') history.answers.push(history.shown);
  if (what === 'answer') {
    const [count] = history.answers.splice(which % Math.max(1, history.answers.length), 1);
    if (count !== undefined) history.arrive(count);
  }
  if (what === 'replay') history.arrive(0);
}

it('dropping and merging readings never changes the proven count, which never falls', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const history = new History();
      let before = 0;
      for (const one of steps) {
        play(history, one);
        const now = proven(history.readings);
        expect(now).toBe(proven(history.all));
        expect(now).toBeGreaterThanOrEqual(before);
        expect(now).toBeLessThanOrEqual(history.spent());
        before = now;
      }
    }),
    { numRuns: RUNS },
  );
});

it("the count is exact once the provider's counter is correct and no use is open", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const history = new History();
      for (const one of steps) play(history, one);
      for (const use of history.uses.filter(({ state }) => state === 'OPEN')) {
        if (use.isSpent) history.count(use);
        else use.state = 'GIVEN_BACK';
      }
      history.now += 1;
      history.arrive(history.spent());
      expect(history.readings).toEqual([{ answeredAt: history.now, atLeast: history.spent() }]);
    }),
    { numRuns: RUNS },
  );
});

it('granted uses never exceed the limit, even with a counter that never rises', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), fc.integer({ min: 1, max: 5 }), (steps, limit) => {
      const history = new History();
      const active = () => history.uses.filter(({ state }) => state !== 'GIVEN_BACK').length;
      const taken = () =>
        proven(history.readings) + history.uses.filter(({ state }) => state === 'OPEN' || state === 'UNCOUNTED').length;
      for (const one of steps) {
        if (one.what === 'take' && taken() >= limit) continue;
        play(history, one.what === 'catch up' ? { ...one, what: 'spend' } : one);
        expect(active()).toBeLessThanOrEqual(limit);
      }
    }),
    { numRuns: RUNS },
  );
});

it('merging readings beyond the maximum never leaves more remaining uses', () => {
  let readings: CountReading[] = [];
  for (let at = 1; at <= 100; at += 1) {
    readings = addReading(readings, { answeredAt: at, atLeast: at }, () => true);
  }
  expect(readings).toHaveLength(32);
  expect(proven(readings)).toBe(100);
  expect(readings[0]?.answeredAt).toBe(1);
});

it('an accepted count replaces the proven count, and an open use still adds to it', () => {
  const readings = [
    { answeredAt: 3, atLeast: 7 },
    { answeredAt: 9, atLeast: 8 },
  ];
  expect(acceptCount(readings, { count: 5, answeredAt: 20 }, () => false)).toEqual({ answeredAt: 20, atLeast: 5 });
  const open = (from: number, to: number) => from < 6 && to >= 6;
  expect(acceptCount(readings, { count: 5, answeredAt: 20 }, open)).toEqual({ answeredAt: 3, atLeast: 5 });
});
