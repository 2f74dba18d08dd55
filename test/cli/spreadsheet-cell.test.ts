import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toCell } from '../../src/cli/spreadsheet-cell.ts';

/** Texts of what matters to a spreadsheet, and a few letters. */
const text = fc.string({ unit: fc.constantFrom(...`=+-@＝＋－＠﹦−;,\t\r\n"' a1\u0000\u200b`), maxLength: 12 });

/** The cells of a file, as a spreadsheet reads it that heeds quotation marks at the start of a cell alone. */
function cellsOf(file: string, separator: string): string[] {
  const cells: string[] = [];
  let rest = file;
  while (rest !== '') {
    const quoted = /^"((?:[^"]|"")*)("|$)/.exec(rest);
    const tail = quoted ? rest.slice(quoted[0].length) : rest;
    const end = tail.search(new RegExp(`[${separator}\\r\\n]`));
    const plain = end === -1 ? tail : tail.slice(0, end);
    cells.push((quoted?.[1]?.replaceAll('""', '"') ?? '') + plain);
    rest = end === -1 ? '' : tail.slice(end + 1);
  }
  return cells;
}

/** The same where quotation marks mean nothing, or are dropped. */
function roughCellsOf(file: string, separator: string): string[] {
  const cells = file.split(new RegExp(`[${separator}\\r\\n]`));
  return [...cells, ...cells.map((cell) => cell.replaceAll('"', ''))];
}

describe('a cell of the export', () => {
  it.each([',', ';', '\t'])('is a formula in no spreadsheet that splits at %j', (separator) => {
    fc.assert(
      fc.property(fc.array(fc.array(text, { minLength: 1, maxLength: 3 }), { maxLength: 3 }), (values) => {
        const rows = values.map((row) => ['id', ...row.map(toCell)]);
        const file = stringify(rows, { record_delimiter: 'windows' });
        const cells = [...cellsOf(file, separator), ...roughCellsOf(file, separator)];
        expect(cells.filter((cell) => /^[\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠﹦−]/u.test(cell))).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  it('gives its value back once each apostrophe before a formula is taken away, as the usage says', () => {
    const apostrophe = /(?<=^|[;,\t\r\n])'(?=['"\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠﹦−])/gu;
    fc.assert(
      fc.property(text, (value) => {
        expect(toCell(value).replace(apostrophe, '')).toBe(value);
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    ['=1+1', "'=1+1"],
    ['a;=1+1', "a;'=1+1"],
    ["a;'=1", "a;''=1"],
    ['a\t"-2', 'a\t\'"-2'],
    ['\u200b=1', "'\u200b=1"],
    ['order-17', 'order-17'],
    ['jane@shop.example', 'jane@shop.example'],
    ["O'Neill, Jane", "O'Neill, Jane"],
  ])('of %j is %j', (value, cell) => {
    expect(toCell(value)).toBe(cell);
  });
});
