import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  codeFault,
  codeSkeleton,
  lookUpFault,
  normalizedCode,
  randomCode,
  spellingsOf,
  typedCode,
} from '../../../src/domain/codes/code.ts';

describe('the normalized form of a code', () => {
  it.each([
    [' launch50 ', 'LAUNCH50'],
    ['ＬＡＵＮＣＨ５０', 'launch50'],
    ['STRASSE', 'straße'],
    ['STRAẞE', 'straße'],
    ['ﬁrst', 'FIRST'],
    ['\ufeffLAU\u200bNCH\u00ad50\u200e\ufe0f', 'launch50'],
    ['\r\n\u00a0launch50\u2003\t', 'LAUNCH50'],
    ['summer\u00a0\u2009 50', 'SUMMER 50'],
    ...['‐', '‑', '‒', '–', '—', '―', '−', '﹣', '－', '⁃', '⁻'].map((hyphen) => [`SUMMER${hyphen}50`, 'summer-50']),
    ['LAUNCH٥٠', 'launch50'],
    ['LAUNCH۵۰', 'launch50'],
    ['LAUNCH५०', 'launch50'],
    ['LAUNCH𝟝𝟘', 'launch50'],
    ['İNDİRİM', 'indirim'],
    ['ındırım', 'INDIRIM'],
    ['ΕΚΠΤΩΣΗΣ', 'εκπτωσης'],
    ['E\u0301TE\u0301', 'été'],
  ])('of %j equals that of %j', (typed, made) => {
    expect(normalizedCode(typed)).toBe(normalizedCode(made));
    expect(typedCode(typed)).toBe(typedCode(typedCode(typed)));
  });

  it.each([
    ['LAUNCH5O', 'LAUNCH50'],
    ['SUMMER 50', 'SUMMER50'],
    ['SUMMER_50', 'SUMMER-50'],
    ['SUMMER~50', 'SUMMER-50'],
    ['ÉTÉ', 'ETE'],
    ['SАLE', 'SALE'],
    ['コード', 'コ-ド'],
  ])('of %j differs from that of %j', (one, other) => {
    expect(normalizedCode(one)).not.toBe(normalizedCode(other));
  });

  it('of a text longer than any code is its first 1,000 characters, unchanged', () => {
    const text = 'e\u0323\u0301'.repeat(40_000);
    for (const read of [normalizedCode, codeSkeleton, typedCode]) expect(read(text)).toBe(text.slice(0, 1000));
    for (const judge of [lookUpFault, codeFault]) expect(judge(text)?.code).toBe('TOO_LONG');
  });

  it('is the same for every character variant of a code', () => {
    const points = Array.from({ length: 0x20000 }, (_, point) => String.fromCodePoint(point));
    // Upper-casing U+0345 gives a letter. Ideographs and syllables are skipped: they are many and behave alike.
    const texts = points.filter((text) =>
      /(?!\u0345|\p{Script=Han}|\p{Script=Hangul}|\p{Co}|\p{Cn}|\p{Cs})./u.test(text),
    );
    for (const text of texts) {
      const [key, typed] = [normalizedCode(text), typedCode(text)];
      const again = [
        normalizedCode(key),
        normalizedCode(typed),
        normalizedCode(text.toUpperCase()),
        normalizedCode(text.toLowerCase()),
      ];
      if (again.some((other) => other !== key) || typedCode(typed) !== typed) expect(text).toBe('one spelling');
    }
  });

  it('is its own normalized form, for any text', () => {
    const letter = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 1 }),
      fc.constantFrom(...'iIİı\u0307ΣςẞßА-– \u200b५'),
    );
    fc.assert(
      fc.property(fc.array(letter, { maxLength: 12 }), (letters) => {
        const text = letters.join('');
        expect(normalizedCode(normalizedCode(text))).toBe(normalizedCode(text));
        expect(normalizedCode(typedCode(text))).toBe(normalizedCode(text));
        expect(codeSkeleton(codeSkeleton(text))).toBe(codeSkeleton(text));
        expect(codeSkeleton(normalizedCode(text))).toBe(codeSkeleton(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps any two ASCII characters apart except for letter case, look-alikes included', () => {
    const characters = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index));
    for (const compared of [normalizedCode, codeSkeleton]) {
      expect(new Set(characters.map(compared)).size).toBe(94 - 26);
      for (const character of characters) expect(compared(character)).toBe(character.toLowerCase());
    }
  });
});

describe('the look-alike form of a code', () => {
  it.each([
    ['SАLЕ', 'sale'],
    ['МАРТ', 'MAPT'],
    ['авс', 'ABC'],
    ['ΝΕΟ50', 'neo50'],
    ['SUMMERー50', 'SUMMER-50'],
    ['DAD’S', "DAD'S"],
    ['یکی', 'يكي'],
  ])('%j looks like %j', (one, other) => {
    expect(codeSkeleton(one)).toBe(codeSkeleton(other));
  });

  it('gives the spellings that a provider may store', () => {
    expect(spellingsOf(' Launch50 ')).toEqual(['Launch50']);
    expect(spellingsOf('Launch–５０')).toEqual(['Launch-50', 'Launch–５０']);
    expect(spellingsOf('SАLE-٥')).toEqual(['SАLE-5', 'SАLE-٥', 'sale-5']);
    expect(spellingsOf('İNDİRİM')).toEqual(['İNDİRİM', 'indirim']);
  });
});

describe('a new code is refused', () => {
  it.each([
    ['empty', ''],
    ['with only spaces', '   '],
    ['with only invisible characters', '\ufe0f\u034f'],
    ['longer than 500 characters', 'A'.repeat(501)],
    ['with a control character', 'A\u0007B'],
    ['with a zero-width space', 'A\u200bB'],
    ['with an invisible letter', 'A\u3164B'],
    ['with a Braille blank', 'SAVE\u2800'],
    ['that mixes scripts', 'SАLE'],
    ['that mixes a rare script', 'SᎪLE'],
    ['that NFKC would change', 'ﬁrst'],
  ])('%s', (_, code) => {
    expect(codeFault(code)?.message).toBeTypeOf('string');
  });

  it.each(['LAUNCH50', 'summer-sale_2026', 'СКИДКА', '割引コード', 'ÉTÉ', 'SALE–50', 'SALE۵۰', 'SALE❤️'])(
    'but not %s',
    (code) => {
      expect(codeFault(code)).toBeUndefined();
    },
  );
});

it('a generated code is valid and unique', () => {
  const codes = Array.from({ length: 1000 }, randomCode);
  expect(new Set(codes).size).toBe(1000);
  expect(codes.every((code) => codeFault(code) === undefined)).toBe(true);
});
