import { afterAll, beforeAll, expect, it } from 'vitest';
import { ATTACKS } from './attacks.ts';
import { redeemUntil } from './honest-client.ts';
import { startTarget } from './target.ts';

/** A few strikes of each attack. `npm run abuse` attacks for minutes, and measures. */
const STRIKES = 6;

let gateway: Awaited<ReturnType<typeof startTarget>>;
beforeAll(async () => {
  gateway = await startTarget();
  for (const { prepare } of ATTACKS) prepare?.(gateway.target);
});
afterAll(async () => {
  expect(await gateway.stop()).toBe(0);
});

it.each(ATTACKS)('an honest client redeems while another caller sends $title', async ({ strike }) => {
  const { target } = gateway;
  let isOver = false;
  const honest = redeemUntil(target, () => isOver);
  await Promise.allSettled(Array.from({ length: STRIKES }, (_, index) => strike(target, index)));
  isOver = true;
  const { latencies, failures } = await honest;
  target.closeAll();
  expect(Object.fromEntries(failures)).toEqual({});
  expect(latencies.length).toBeGreaterThan(0);
  expect(target.bugs()).toBe(0);
});
