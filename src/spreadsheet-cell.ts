/** What spreadsheets begin a formula with, in either width. */
const FORMULA = '[=+\\-@＝＋－＠]';
/** Where a cell begins: at the start of the value, and behind whatever some spreadsheet splits at. */
const CELL_START = '(?<=^|[;,\\t\\r\\n])';
/** Blanks, quotation marks and apostrophes before a formula hide it from nobody: some spreadsheets drop them. */
const formula = new RegExp(`${CELL_START}(?=['"\\s]*${FORMULA})`, 'gu');

/**
 * A value in which no spreadsheet finds a formula, whether it reads the file with `,`, `;` or a tab between cells: an
 * apostrophe stands at each place where one would begin. Without these apostrophes it is the value again: one that the
 * value has there itself gets another before it.
 */
export function toCell(value: string): string {
  return value.replace(formula, "'");
}
