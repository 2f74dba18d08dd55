/**
 * Non-ASCII characters that look like an ASCII character, from other alphabets and from autocorrection. A customer who
 * copies a code from paper cannot tell them apart. All are in lower case; some look alike only in upper case, which
 * most printed codes use. ASCII characters are not included: O stays different from 0, and I from l and 1. Some Arabic
 * letters are included too: each maps to the letter of the Arabic keyboard.
 */
const LOOK_ALIKES: Record<string, string> = {
  // Cyrillic
  а: 'a',
  в: 'b',
  ь: 'b',
  с: 'c',
  ԁ: 'd',
  е: 'e',
  н: 'h',
  һ: 'h',
  і: 'i',
  ӏ: 'i',
  ј: 'j',
  к: 'k',
  м: 'm',
  о: 'o',
  р: 'p',
  ԛ: 'q',
  ѕ: 's',
  т: 't',
  ѵ: 'v',
  ԝ: 'w',
  х: 'x',
  у: 'y',
  ү: 'y',
  з: '3',
  // Greek
  α: 'a',
  β: 'b',
  ε: 'e',
  η: 'h',
  ι: 'i',
  ϳ: 'j',
  κ: 'k',
  μ: 'm',
  ν: 'n',
  ο: 'o',
  ρ: 'p',
  τ: 't',
  χ: 'x',
  υ: 'y',
  ζ: 'z',
  // Armenian
  ց: 'g',
  հ: 'h',
  յ: 'j',
  լ: 'l',
  ո: 'n',
  օ: 'o',
  զ: 'q',
  տ: 's',
  ս: 'u',
  // Latin letters that phonetics and small capitals use
  ɑ: 'a',
  ᴀ: 'a',
  ʙ: 'b',
  ᴄ: 'c',
  ᴅ: 'd',
  ᴇ: 'e',
  ꜰ: 'f',
  ɡ: 'g',
  ɢ: 'g',
  ʜ: 'h',
  ɩ: 'i',
  ɪ: 'i',
  ᴊ: 'j',
  ᴋ: 'k',
  ʟ: 'l',
  ᴍ: 'm',
  ɴ: 'n',
  ᴏ: 'o',
  ᴘ: 'p',
  ʀ: 'r',
  ꜱ: 's',
  ᴛ: 't',
  ᴜ: 'u',
  ᴠ: 'v',
  ᴡ: 'w',
  ʏ: 'y',
  ᴢ: 'z',
  // Arabic letters as Persian and Urdu keyboards write them
  ی: 'ي',
  ک: 'ك',
  ہ: 'ه',
  // Hyphens as Japanese and Korean keyboards write them
  ー: '-',
  ㅡ: '-',
  ᅳ: '-',
  // Straight quotation marks as phones autocorrect them
  '‘': "'",
  '’': "'",
  ʼ: "'",
  '′': "'",
  '“': '"',
  '”': '"',
  '„': '"',
  '″': '"',
};

const TABLE: ReadonlyMap<string, string> = new Map(Object.entries(LOOK_ALIKES));

/** Replaces look-alikes by the characters that they look like. Keeps the case. */
export function plainLookAlikes(text: string): string {
  return text.replace(/[^\0-\x7f]/gu, (character) => {
    const lower = character.toLowerCase();
    const seen = TABLE.get(lower) ?? character;
    return character === lower ? seen : seen.toUpperCase();
  });
}
