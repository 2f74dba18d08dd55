import { setImmediate } from 'node:timers/promises';

/** How many turns the event loop takes while something is under way, and what comes of it. */
export async function countTurns<Result>(work: Promise<Result>): Promise<{ result: Result; turns: number }> {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  work.then(over, over);
  let turns = 0;
  while (!isOver) {
    await setImmediate();
    turns += 1;
  }
  return { result: await work, turns };
}
