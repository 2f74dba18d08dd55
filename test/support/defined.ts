/** The value. Throws if there is none. */
export function defined<Value>(value: Value): NonNullable<Value> {
  if (value === undefined || value === null) throw new Error('expected a value');
  return value;
}
