import { randomInt } from 'node:crypto';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_LENGTH = 10;
const RANDOM_LENGTH = 16;

/** A ULID for a time in milliseconds since 1970: 26 characters that sort by time. */
export function ulid(milliseconds: number): string {
  let time = '';
  for (let rest = milliseconds; time.length < TIME_LENGTH; rest = Math.floor(rest / 32)) {
    time = CROCKFORD.charAt(rest % 32) + time;
  }
  return time + randomText(CROCKFORD, RANDOM_LENGTH);
}

/** Random characters from an alphabet. */
export function randomText(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}
