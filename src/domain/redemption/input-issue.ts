/** What can be wrong with an input field. Clients choose their words by these codes, so a code never changes. */
export const INPUT_ISSUE_CODES = {
  REQUIRED: 'is missing or empty',
  TOO_LONG: 'has too many characters, entries or keys',
  WRONG_TYPE: 'has the wrong JSON type',
  MALFORMED: 'is not written as it has to be',
  OUT_OF_RANGE: 'is a number, an amount or a date outside of what is allowed',
  CONTRADICTION: 'does not go with another field',
  NOT_ALLOWED: 'is not allowed to this caller, or at this gateway',
  UNKNOWN: 'names something that does not exist here',
  NO_CHANGE: 'asks for no change',
  REFUSED: 'is refused by the provider',
} as const;
export type InputIssueCode = keyof typeof INPUT_ISSUE_CODES;

/** What is wrong with a value. */
export interface InputFault {
  code: InputIssueCode;
  /** Follows the name of the field: "must not be empty". */
  message: string;
}

/** What is wrong with one field of an input. `path` starts at the argument: ["input", "discount", "percentage"]. */
export interface InputIssue extends InputFault {
  path: string[];
}

export function isInputIssueCode(text: unknown): text is InputIssueCode {
  return typeof text === 'string' && Object.hasOwn(INPUT_ISSUE_CODES, text);
}
