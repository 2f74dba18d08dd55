/** The characters that start a formula, in every width, and the typographic minus sign. */
const FORMULA = '[=+\\-@＝＋－＠﹦﹢﹣﹫−]';
/** Where a cell can begin: at the start of the value, and after any character that a spreadsheet may split at. */
const CELL_START = '(?<=^|[;,\\t\\r\\n])';
/** Some spreadsheets ignore blanks, quotation marks, apostrophes and invisible characters (NUL, zero-width space). */
const formula = new RegExp(`${CELL_START}(?=['"\\s\\p{Cc}\\p{Cf}]*${FORMULA})`, 'gu');

/**
 * Puts an apostrophe before each place where a spreadsheet would start a formula, whether it splits cells at `,`, `;` or a
 * tab. Removing these apostrophes restores the value: an apostrophe of the value's own gets a second one before it.
 */
export function toCell(value: string): string {
  return value.replace(formula, "'");
}
