/**
 * Characters of other alphabets, and of keyboards that correct what is typed, that look like an ASCII character: a
 * customer who copies a code from paper cannot tell them apart. Each is in lower case; some look alike in upper case
 * only, in which codes are mostly printed. Never two ASCII characters: O is not 0, and I is not l or 1. Arabic letters
 * are those of the Arabic keyboard.
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
  // What Persian and Urdu keyboards write for Arabic letters
  ی: 'ي',
  ک: 'ك',
  ہ: 'ه',
  // What Japanese and Korean keyboards write for a hyphen
  ー: '-',
  ㅡ: '-',
  ᅳ: '-',
  // What telephones make of straight quotation marks
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

/** The text with the plain characters that people see in it, in the case that it has. */
export function plainLookAlikes(text: string): string {
  return text.replace(/[^\0-\x7f]/gu, (character) => {
    const lower = character.toLowerCase();
    const seen = TABLE.get(lower) ?? character;
    return character === lower ? seen : seen.toUpperCase();
  });
}
