import type { InputIssue, InputIssueCode } from '../../domain/redemption/input-issue.ts';

/** Checks the size of a value, by comparing lengths alone. The paths of issues begin below the value. */
export type Check = (value: unknown) => InputIssue[];

/** Limits of a JSON object. Values that are not text are not checked, because nothing reads their contents. */
export interface ObjectLimits {
  /** The most keys that it may have. */
  keys: number;
  /** The longest key, in UTF-16 units. */
  key: number;
  /** The longest text value, in UTF-16 units. */
  text: number;
}

const NO_ISSUES: InputIssue[] = [];

/** The most issues that an answer lists. */
const MAX_ISSUES = 20;

/** @param most in UTF-16 units, as the text was sent */
export function checkText(most: number): Check {
  const tooLong = issue('TOO_LONG', `must have at most ${most} characters`);
  const notText = issue('WRONG_TYPE', 'must be a string');
  return (value) => {
    if (typeof value !== 'string') return notText;
    return value.length > most ? tooLong : NO_ISSUES;
  };
}

/** @param entry checks each entry; null: entries are not checked */
export function checkList(most: number, entry: Check | null): Check {
  const tooLong = issue('TOO_LONG', `must have at most ${most} entries`);
  const notList = issue('WRONG_TYPE', 'must be a list');
  return (value) => {
    if (!Array.isArray(value)) return notList;
    if (value.length > most) return tooLong;
    return entry ? checkEach(value.entries(), () => entry) : NO_ISSUES;
  };
}

/** @param checksOf the checks of the fields that have a limit, by name. Called only after all types are built */
export function checkFields(checksOf: () => ReadonlyMap<string, Check>): Check {
  const notObject = issue('WRONG_TYPE', 'must be an object');
  return (value) => {
    if (!isObject(value)) return notObject;
    return checkEach(Object.entries(value), (name) => checksOf().get(name));
  };
}

export function checkObject({ keys, key: longestKey, text }: ObjectLimits): Check {
  const tooMany = issue('TOO_LONG', `must have at most ${keys} keys`);
  const wrongKey = issue('TOO_LONG', `is a key that must have 1 to ${longestKey} characters`);
  const checkValue = checkText(text);
  const checkEntry = (key: string): Check =>
    key === '' || key.length > longestKey
      ? () => wrongKey
      : (value) => (typeof value === 'string' ? checkValue(value) : NO_ISSUES);
  return (value) => {
    // A value of another kind is short, or is refused because of its kind.
    if (typeof value === 'string') return checkValue(value);
    if (!isObject(value)) return NO_ISSUES;
    // The key of a null is checked like any other.
    const given = Object.entries(value).map(([key, entry]): [string, unknown] => [key, entry ?? '']);
    if (given.length > keys) return tooMany;
    const issues = checkEach(given, checkEntry);
    return issues.map((one) => ({ ...one, path: one.path.map((key) => shortened(key, longestKey)) }));
  };
}

function checkEach(
  entries: Iterable<[string | number, unknown]>,
  checkOf: (key: string) => Check | undefined,
): InputIssue[] {
  let issues = NO_ISSUES;
  for (const [key, value] of entries) {
    // Absent and null have no size.
    if (value === undefined || value === null) continue;
    const found = checkOf(String(key))?.(value) ?? NO_ISSUES;
    if (found.length === 0) continue;
    issues = [...issues, ...found.map((one) => ({ ...one, path: [String(key), ...one.path] }))];
    if (issues.length >= MAX_ISSUES) return issues.slice(0, MAX_ISSUES);
  }
  return issues;
}

function issue(code: InputIssueCode, message: string): InputIssue[] {
  return [{ path: [], code, message }];
}

function shortened(key: string, longest: number): string {
  return key.length > longest ? `${key.slice(0, longest)}…` : key;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
