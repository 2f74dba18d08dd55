import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { ClientClosedError } from '../../../src/http/admission/admission-errors.ts';
import { FairScheduler } from '../../../src/http/admission/fair-scheduler.ts';

/** Records turns. Only requests advance the clock, each by a number of milliseconds. */
function turnsOf(requestMs: number) {
  const time = { now: 0 };
  const turns = new FairScheduler(() => time.now);
  const begun: string[] = [];
  const send = async (share: string, isGone = () => false) => {
    await turns.wait(share, isGone);
    time.now += requestMs;
    begun.push(share);
  };
  return { send, begun };
}

const times = (count: number, send: () => Promise<void>) => Array.from({ length: count }, send);

it('short requests start immediately', async () => {
  const { send, begun } = turnsOf(0.1);
  for (let index = 0; index < 10; index += 1) void send('caller');
  await Promise.resolve();
  expect(begun.length).toBe(10);
});

it('a caller with many long requests does not keep another caller waiting for more than one of them', async () => {
  const { send, begun } = turnsOf(25);
  const many = times(40, () => send('many'));
  // The requests of the first turn show how long requests of this process take.
  await setImmediate();
  const first = begun.length;
  await send('other');
  expect(begun.length - first).toBeLessThanOrEqual(3);
  expect(begun.at(-1)).toBe('other');
  await Promise.all(many);
  expect(begun.length).toBe(41);
});

it('each turn of the event loop starts one request while requests are long', async () => {
  const { send, begun } = turnsOf(25);
  const all = times(30, () => send('caller'));
  await setImmediate();
  for (let turn = 0; turn < 5; turn += 1) {
    const before = begun.length;
    await setImmediate();
    expect(begun.length - before).toBeLessThanOrEqual(1);
  }
  await Promise.all(all);
});

it('a request whose client has disconnected before its turn is dropped', async () => {
  const { send, begun } = turnsOf(25);
  const all = times(20, () => send('caller'));
  const gone = send('gone', () => true);
  await expect(gone).rejects.toBeInstanceOf(ClientClosedError);
  await Promise.all(all);
  expect(begun).not.toContain('gone');
});
