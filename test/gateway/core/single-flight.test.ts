import { expect, it } from 'vitest';
import { CallOrigins, runFor, type Urgency } from '../../../src/domain/provider/call-origin.ts';
import { cancelledBy, currentSignal, uncancelled } from '../../../src/domain/provider/cancellation.ts';
import { SingleFlight } from '../../../src/gateway/core/single-flight.ts';
import { CallQueue } from '../../../src/providers/client/call-queue.ts';

const FOREVER = { deadline: Number.POSITIVE_INFINITY, signal: new AbortController().signal };

/** A provider that accepts one call at a time. The first call runs until it is released; many look-ups wait. */
function openBusy() {
  const queue = new CallQueue({ maxPerSecond: 0, maxInFlight: 1 });
  const released = Promise.withResolvers<void>();
  const sent: string[] = [];
  const call = (name: string) =>
    queue.run(FOREVER, async () => {
      sent.push(name);
      await released.promise;
    });
  const as = <Result>(caller: string, urgency: Urgency, work: () => Result) =>
    runFor(new CallOrigins([{ caller, urgency }]), work);
  const flood = Array.from({ length: 5 }, (_, number) => as('flood', 'READ', () => call(`flood ${number}`)));
  return { call, as, sent, flood, release: released.resolve };
}

it('a shared call queues with the priority of its most urgent caller', async () => {
  const { call, as, sent, flood, release } = openBusy();
  const flights = new SingleFlight<void>();
  const first = as('flood', 'READ', () => flights.share('code', () => call('shared')));
  const second = as('shop', 'WRITE', () => flights.share('code', () => call('never')));
  release();
  await Promise.all([first, second, ...flood]);
  expect(sent).toEqual(['flood 0', 'shared', 'flood 1', 'flood 2', 'flood 3', 'flood 4']);
});

it('a caller that waits for the next call raises the priority of the one before it', async () => {
  const { call, as, sent, flood, release } = openBusy();
  const flights = new SingleFlight<void>();
  const flying = as('flood', 'READ', () => flights.share('code', () => call('flying')));
  const next = as('flood', 'READ', () => flights.shareNext('code', () => call('next')));
  const joined = as('shop', 'WRITE', () => flights.shareNext('code', () => call('never')));
  release();
  await Promise.all([flying, next, joined, ...flood]);
  expect(sent.slice(0, 2)).toEqual(['flood 0', 'flying']);
  expect(sent.indexOf('next')).toBeLessThan(5);
  expect(sent).toHaveLength(7);
});

/** Work that reports whether it was cancelled, and ends when the test ends it. */
function openWork() {
  const ended = Promise.withResolvers<void>();
  let signal: AbortSignal | undefined;
  const work = () => {
    signal = currentSignal();
    return ended.promise;
  };
  return { work, isCancelled: () => signal?.aborted, end: ended.resolve };
}

it('shared work is cancelled when the last of its callers has gone', async () => {
  const flights = new SingleFlight<void>();
  const { work, isCancelled, end } = openWork();
  const [one, other] = [new AbortController(), new AbortController()];
  const shared = [one, other].map(({ signal }) => cancelledBy(signal, () => flights.share('code', work)));
  one.abort();
  expect(isCancelled()).toBe(false);
  other.abort();
  expect(isCancelled()).toBe(true);
  end();
  await Promise.all(shared);
});

it('shared work is not cancelled while a caller waits that cannot go', async () => {
  const flights = new SingleFlight<void>();
  const { work, isCancelled, end } = openWork();
  const client = new AbortController();
  const shared = cancelledBy(client.signal, () => [
    flights.share('code', work),
    uncancelled(() => flights.share('code', work)),
  ]);
  client.abort();
  expect(isCancelled()).toBe(false);
  end();
  await Promise.all(shared);
});

it('nobody joins cancelled work', async () => {
  const flights = new SingleFlight<void>();
  const { work, end } = openWork();
  const client = new AbortController();
  const cancelled = cancelledBy(client.signal, () => flights.share('code', work));
  client.abort();
  const next = openWork();
  const joined = flights.share('code', next.work);
  end();
  await cancelled;
  expect(next.isCancelled()).toBe(false);
  const again = flights.share('code', () => Promise.reject(new Error('This work must be shared')));
  next.end();
  await Promise.all([joined, again]);
});
