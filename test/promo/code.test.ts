import { describe, expect, it } from 'vitest';
import { codeFault, codeKey, randomCode } from '../../src/promo/code.ts';

describe('a code is looked up under one spelling', () => {
  it.each([
    [' launch50 ', 'LAUNCH50'],
    ['ＬＡＵＮＣＨ５０', 'launch50'],
    ['STRASSE', 'straße'],
    ['ﬁrst', 'FIRST'],
  ])('%j is %j', (typed, made) => {
    expect(codeKey(typed)).toBe(codeKey(made));
  });

  it('tells different codes apart', () => {
    expect(codeKey('LAUNCH5O')).not.toBe(codeKey('LAUNCH50'));
  });
});

describe('a code is refused', () => {
  it.each([
    ['empty', ''],
    ['blank', '   '],
    ['longer than 500 characters', 'A'.repeat(501)],
    ['with a control character', 'A\u0007B'],
    ['with a zero-width space', 'A\u200bB'],
    ['that mixes scripts', 'SАLE'],
    ['that NFKC would change', 'ﬁrst'],
  ])('%s', (_, code) => {
    expect(codeFault(code)).toBeTypeOf('string');
  });

  it.each(['LAUNCH50', 'summer-sale_2026', 'СКИДКА', '割引コード', 'ÉTÉ'])('but not %s', (code) => {
    expect(codeFault(code)).toBeUndefined();
  });
});

it('a code that the gateway makes is one that it takes, and never the same', () => {
  const codes = Array.from({ length: 1000 }, randomCode);
  expect(new Set(codes).size).toBe(1000);
  expect(codes.every((code) => codeFault(code) === undefined)).toBe(true);
});
