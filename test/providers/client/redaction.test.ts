import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redacted, textsIn } from '../../../src/providers/client/redaction.ts';

const redact = (text: string, ...values: string[]) => redacted(text, { secret: 'CD.very-secret', values });

describe('a redacted message of a provider', () => {
  it.each([
    ['the key', 'CD.very-secret has no access, nor has sk_test_51H', '[key] has no access, nor has [key]'],
    ['an e-mail address', 'No customer jane.doe+1@shop.example here', 'No customer [email] here'],
    [
      'an e-mail address in another form',
      'Neither jane%40shop.example nor jane＠shop.example nor jane [at] shop.example',
      'Neither [email] nor [email] nor [email]',
    ],
    ['a token', 'Bearer abcdefgh.ijklmnop is over, whsec_abcdefgh too', '[key] is over, [key] too'],
    [
      'a card number in another form',
      'Cards 4242.4242.4242 and 4242 – 4242 and ４２４２/４２４２',
      'Cards [number] and [number] and [number]',
    ],
    ['a card number', 'Card 4242 4242-4242 4242 was declined', 'Card [number] was declined'],
    [
      'a quoted value',
      `No such coupon: 'SUMMER', "W\u00cdNTER SALE" or \`spring`,
      'No such coupon: [value], [value] or [value]',
    ],
    ['an id', 'Customer cus_NffrFeUfNV2Hib has used LAUNCH50', 'Customer [value] has used [value]'],
    ['no field, no status and no apostrophe', "HTTP 422, max_redemptions isn't 0", "HTTP 422, max_redemptions isn't 0"],
  ])('does not contain %s', (_, text, shown) => {
    expect(redact(text)).toBe(shown);
  });

  it('contains no value that was sent, in any case', () => {
    expect(redact('promo code summer for Jane Doe is taken', 'SUMMER', 'Jane Doe')).toBe(
      'promo code [value] for [value] is taken',
    );
    expect(redact('No code A-123456-"B for you', 'A-123456-"B')).toBe('No code [value] for you');
    expect(redact('No summer_sale%21, no SUMMER%20SALE', 'Summer-Sale!')).toBe('No [value]%21, no [value]');
    expect(redact('Authorization cd.VERY_secret')).toBe('Authorization [key]');
    // The generated value must not be one of the words of the sentence.
    fc.assert(
      fc.property(fc.stringMatching(/^[\p{L}]{2,20}$/u), (value) => {
        fc.pre(!/^(value|no|code|is|here)$/i.test(value));
        expect(redact(`no code ${value} is here`, value)).toBe('no code [value] is here');
      }),
    );
  });

  it('is one line of at most 120 characters', () => {
    const text = redact(`line one\r\nline two\u0000 ${'x'.repeat(50_000)}`);
    expect(text).toMatch(/^line one line two x+$/);
    expect(text).toHaveLength(120);
  });

  it('is computed in less than quadratic time', () => {
    // With quadratic time each text would take minutes. The steps of a regular expression cannot be counted.
    for (const part of ['a', '"', "'", '1 ', '@', 'a1_', '-'])
      expect(redact(part.repeat(1_000_000)).length).toBeLessThan(121);
  });
});

it('every text in a request counts as sent, at any depth', () => {
  const body = { data: { code: 'SUMMER', uses: 5, tags: ['one', { customer: 'cus' }], ends: null } };
  expect(textsIn([['v1', 'codes'], undefined, body])).toEqual(['v1', 'codes', 'SUMMER', 'one', 'cus']);
});
