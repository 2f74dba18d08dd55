import { setImmediate } from 'node:timers/promises';

/** Counts the turns of the event loop while some work runs. Returns the result of the work, too. */
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
