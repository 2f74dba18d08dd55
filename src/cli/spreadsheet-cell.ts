/** What spreadsheets begin a formula with, in every width, and the minus sign of typographers. */
const FORMULA = '[=+\\-@＝＋－＠﹦﹢﹣﹫−]';
/** Where a cell begins: at the start of the value, and behind whatever some spreadsheet splits at. */
const CELL_START = '(?<=^|[;,\\t\\r\\n])';
/** Some spreadsheets drop blanks, quotation marks, apostrophes and what nobody sees (a NUL, a zero-width space). */
const formula = new RegExp(`${CELL_START}(?=['"\\s\\p{Cc}\\p{Cf}]*${FORMULA})`, 'gu');

/**
 * A value in which no spreadsheet finds a formula, whether it reads the file with `,`, `;` or a tab between cells: an
 * apostrophe stands at each place where one would begin. Without these apostrophes it is the value again: one that the
 * value has there itself gets another before it.
 */
export function toCell(value: string): string {
  return value.replace(formula, "'");
}
