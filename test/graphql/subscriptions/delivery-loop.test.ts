import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { DeliveryLoop } from '../../../src/graphql/subscriptions/delivery-loop.ts';

/** A delivery that takes a number of turns, each as long as a slice, and records each turn. */
function delivery(name: string, turns: number, noted: string[]) {
  return {
    get hasWork() {
      return turns > 0;
    },
    async work(hasTime: () => boolean) {
      turns -= 1;
      noted.push(name);
      while (hasTime());
    },
  };
}

it('deliveries take turns, and everything else that is due has its own after each', async () => {
  const noted: string[] = [];
  const loop = new DeliveryLoop(() => {});
  loop.add(delivery('large', 3, noted));
  loop.add(delivery('small', 1, noted));
  const turns = () => noted.filter((name) => name !== 'request');
  while (turns().length < 4) {
    await setImmediate();
    noted.push('request');
  }
  expect(turns()).toEqual(['large', 'small', 'large', 'large']);
  expect(noted.join(' ')).not.toMatch(/(large|small) (large|small)/);
});

it('a delivery that fails is reported, and the others continue', async () => {
  const [noted, bugs]: [string[], unknown[]] = [[], []];
  const loop = new DeliveryLoop((bug) => bugs.push(bug));
  const bug = new Error('A bug');
  loop.add({ hasWork: true, work: () => Promise.reject(bug) });
  loop.add(delivery('sound', 1, noted));
  while (noted.length === 0) await setImmediate();
  expect([noted, bugs]).toEqual([['sound'], [bug]]);
});
