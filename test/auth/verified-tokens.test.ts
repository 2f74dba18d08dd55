import { expect, it } from 'vitest';
import { LOCAL_CALLER } from '../../src/auth/caller.ts';
import { VerifiedTokens } from '../../src/auth/verified-tokens.ts';

const KEYS = 7;
const caller = { ...LOCAL_CALLER, until: 2000 };
const remembered = () => {
  const verified = new VerifiedTokens();
  verified.add('token', caller, 1000, KEYS);
  return verified;
};

it('a verified token is known until it expires', () => {
  const verified = remembered();
  expect(verified.get('token', 1000, KEYS)).toBe(caller);
  expect(verified.get('token', 1999, KEYS)).toBe(caller);
  expect(verified.get('token', 2000, KEYS)).toBeNull();
  expect(verified.get('another', 1000, KEYS)).toBeNull();
});

it('a token is verified again when the keys have been read again', () => {
  expect(remembered().get('token', 1500, KEYS + 1)).toBeNull();
});

it('a token is verified again when the clock has been set back', () => {
  expect(remembered().get('token', 999, KEYS)).toBeNull();
});

it('a token that is verified again keeps its caller', () => {
  const verified = remembered();
  expect(verified.add('token', { ...caller }, 1500, KEYS + 1)).toBe(caller);
  expect(verified.get('token', 1500, KEYS + 1)).toBe(caller);
});
