import { ROW_READ, ROWS_IN_A_TURN } from '../../store/lists/turns.ts';
import type { Gateway } from '../core/gateway.ts';

/** How many objects can be read in one turn of the event loop. */
export const MAX_OBJECTS_IN_A_TURN = ROWS_IN_A_TURN / ROW_READ;

/** Reading this many objects takes less time than waiting for a turn. */
const FEW = 10;

/** Reads some objects for a caller. More than a few of them wait for the caller's turn. */
export async function readInTurn<Result>(
  { store: { turns } }: Gateway,
  { caller, objects }: { caller: string; objects: number },
  read: () => Result | Promise<Result>,
): Promise<Result> {
  const spendAndRead = () => {
    turns.spend(objects * ROW_READ);
    return read();
  };
  return objects <= FEW ? spendAndRead() : turns.run(caller, spendAndRead);
}
