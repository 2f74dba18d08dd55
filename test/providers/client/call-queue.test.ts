import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type CallOrigin, CallOrigins, runFor, type Urgency } from '../../../src/domain/provider/call-origin.ts';
import { CallQueue, NoTurnError } from '../../../src/providers/client/call-queue.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const FOREVER = { deadline: Number.POSITIVE_INFINITY, signal: new AbortController().signal };

/** A queue whose calls end immediately, and the names of the sent calls in order. */
function open(maxPerSecond: number, maxInFlight = 32) {
  const queue = new CallQueue({ maxPerSecond, maxInFlight });
  const sent: string[] = [];
  const times: number[] = [];
  const send = (name: string, from: CallOrigins | [caller: string, urgency: Urgency], until = FOREVER) =>
    runFor(from instanceof CallOrigins ? from : new CallOrigins([originOf(from)]), () =>
      queue.run(until, async () => {
        sent.push(name);
        times.push(performance.now());
      }),
    );
  return { queue, sent, times, send };
}

function originOf([caller, urgency]: [string, Urgency]): CallOrigin {
  return { caller, urgency };
}

const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => null,
    (error: unknown) => error,
  );

describe('the call queue of a provider', () => {
  it('never exceeds the rate in any second, and uses all of it while calls wait', async () => {
    const { times, send } = open(5);
    for (let call = 0; call < 40; call += 1) void send(`${call}`, [`caller ${call % 3}`, 'READ']);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(times).toHaveLength(40);
    for (const [index, time] of times.entries()) {
      const inTheSecond = times.slice(index).filter((later) => later - time < 1000);
      expect(inTheSecond.length).toBeLessThanOrEqual(5);
    }
    // Five immediately, then five per second.
    expect((times[39] ?? 0) - (times[0] ?? 0)).toBeLessThanOrEqual(8000);
  });

  it("sends an urgent call before the look-ups of another caller, and a third caller's look-up after one of them", async () => {
    const { sent, send } = open(1);
    for (let call = 0; call < 20; call += 1) void send('flood', ['a', 'READ']);
    void send('look-up', ['b', 'READ']);
    void send('quote', ['b', 'QUOTE']);
    void send('creation', ['b', 'WRITE']);
    await vi.advanceTimersByTimeAsync(5000);
    expect(sent.slice(0, 5)).toEqual(['flood', 'creation', 'quote', 'flood', 'look-up']);
  });

  it('immediately refuses a call whose turn would come too late, and says when to try again', async () => {
    const { queue, sent, send } = open(10);
    const until = { ...FOREVER, deadline: performance.now() + 3000 };
    const calls = Array.from({ length: 100 }, () => failureOf(send('a', ['a', 'READ'], until)));
    const refused = await Promise.all(calls.slice(60));
    expect(refused.every((error) => error instanceof NoTurnError && error.retryAfterSeconds >= 2)).toBe(true);
    // A call of another caller has fewer turns ahead of it, and so has a more urgent call.
    void send('b', ['b', 'READ'], until);
    void send('write', ['a', 'WRITE'], until);
    expect(queue.state.waiting).toBeLessThan(40);
    await vi.advanceTimersByTimeAsync(2000);
    expect(sent).toContain('b');
    expect(sent[10]).toBe('write');
  });

  it('leaves the provider at least half of the time for each call', async () => {
    const { queue, times, send } = open(10);
    const until = () => ({ ...FOREVER, deadline: performance.now() + 4000 });
    const begun = performance.now();
    const looks = Array.from({ length: 25 }, () => failureOf(send('look-up', ['a', 'READ'], until())));
    // These calls go in between, so the last accepted calls would get their turns only after two seconds.
    await vi.advanceTimersByTimeAsync(500);
    for (let call = 0; call < 10; call += 1) void send('write', ['b', 'WRITE'], until());
    await vi.advanceTimersByTimeAsync(10_000);
    expect(times.filter((time) => time - begun > 2500)).toEqual([]);
    const refused = (await Promise.all(looks)).filter((error) => error instanceof NoTurnError);
    expect(refused.length).toBeGreaterThan(5);
    expect(queue.state).toEqual({ waiting: 0, refused: refused.length });
  });

  it('sends a call that need not wait, however close its deadline is', async () => {
    const { sent, send } = open(10);
    await send('late', ['a', 'READ'], { ...FOREVER, deadline: performance.now() });
    expect(sent).toEqual(['late']);
  });

  it('immediately refuses a call when it is full, and counts the refusal', async () => {
    const { queue, send } = open(1);
    const results = Array.from({ length: 2000 }, () => failureOf(send('a', ['a', 'READ'])));
    expect(await results.at(-1)).toBeInstanceOf(NoTurnError);
    expect(queue.state.waiting + queue.state.refused).toBe(1999);
    expect(queue.state.refused).toBeGreaterThan(0);
  });

  it('removes a call that its caller cancelled', async () => {
    const { queue, sent, send } = open(1);
    const ending = new AbortController();
    void send('first', ['a', 'READ']);
    const gone = failureOf(send('gone', ['a', 'READ'], { ...FOREVER, signal: ending.signal }));
    void send('last', ['a', 'READ']);
    ending.abort();
    expect(await gone).toBeInstanceOf(NoTurnError);
    expect(queue.state.waiting).toBe(1);
    await vi.advanceTimersByTimeAsync(2000);
    expect(sent).toEqual(['first', 'last']);
  });

  it('sends nothing while it is paused, and keeps the order', async () => {
    const { queue, sent, send } = open(0);
    queue.pauseUntil(performance.now() + 5000);
    void send('read', ['a', 'READ']);
    void send('write', ['b', 'WRITE']);
    await vi.advanceTimersByTimeAsync(4999);
    expect(sent).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(sent).toEqual(['write', 'read']);
  });

  it('gives a shared call the best position among the callers that join it', async () => {
    const { sent, send } = open(1);
    for (let call = 0; call < 5; call += 1) void send('flood', ['a', 'READ']);
    const shared = new CallOrigins([originOf(['a', 'READ'])]);
    void send('shared', shared);
    void send('quote', ['c', 'QUOTE']);
    shared.join([originOf(['b', 'WRITE'])]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sent).toEqual(['flood', 'shared', 'quote', 'flood', 'flood', 'flood', 'flood']);
  });

  it('orders calls that wait for a connection in the same way without a rate limit', async () => {
    const queue = new CallQueue({ maxPerSecond: 0, maxInFlight: 1 });
    const released = Promise.withResolvers<void>();
    const sent: string[] = [];
    const send = (name: string, origin: [string, Urgency], work: () => Promise<void> = async () => {}) =>
      runFor(new CallOrigins([originOf(origin)]), () =>
        queue.run(FOREVER, () => {
          sent.push(name);
          return work();
        }),
      );
    const first = send('hangs', ['a', 'READ'], () => released.promise);
    const others = [send('flood', ['a', 'READ']), send('redemption', ['b', 'WRITE'])];
    await vi.advanceTimersByTimeAsync(1000);
    expect(sent).toEqual(['hangs']);
    released.resolve();
    await Promise.all([first, ...others]);
    expect(sent).toEqual(['hangs', 'redemption', 'flood']);
  });

  it('leaves connections for others while the calls of one caller or one group hang', async () => {
    const { sent, send, queue } = open(0, 4);
    const hanging = (origin: CallOrigin) =>
      runFor(new CallOrigins([origin]), () => queue.run(FOREVER, () => new Promise<never>(() => {})));
    for (let call = 0; call < 10; call += 1) void hanging({ caller: 'a', urgency: 'WRITE' });
    expect(queue.state.waiting).toBe(7);
    void send('read', ['b', 'READ']);
    await vi.advanceTimersByTimeAsync(0);
    expect(sent).toEqual(['read']);
  });
});
