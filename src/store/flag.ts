/** A boolean in the database: no type of booleans is the same on both engines. */
export type Flag = 0 | 1;

export function flag(value: boolean): Flag {
  return value ? 1 : 0;
}
