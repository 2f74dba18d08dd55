import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { parseAccountScope } from '../domain/promotion/account-scope.ts';
import { type Caller, isScope, SCOPES } from './caller.ts';

/** An API key. Only its hash is stored. */
export interface ApiKey {
  sha256: Buffer;
  caller: Caller;
}

/** The prefix of every key, by which scanners find keys that were published by mistake. */
const PREFIX = 'promo_';
/** In bytes. A random key of this length cannot be guessed, so a plain hash is safe to store. */
const KEY_BYTES = 32;

const NAME = /^[\w.-]{1,64}$/;
const SHA256 = /^[0-9a-f]{64}$/i;

/** Generates a key, and the hash to store. */
export function makeKey(): { key: string; sha256: string } {
  const key = PREFIX + randomBytes(KEY_BYTES).toString('base64url');
  return { key, sha256: hash(key).toString('hex') };
}

/** Formats a line of API_KEYS. */
export function keyLine(name: string, scopes: string, sha256: string, accountScope?: string): string {
  return [name, scopes, sha256, ...(accountScope ? [accountScope] : [])].join(':');
}

/**
 * Parses the lines of API_KEYS: `name:scope+scope:sha256-of-the-key`, with `:PROVIDER+PROVIDER/account` if the key is bound to
 * accounts. Several keys may have the same name, so that a key can be rotated while both are in use.
 * @returns the keys, and a message for each problem
 */
export function parseApiKeys(lines: readonly string[]): { keys: ApiKey[]; problems: string[] } {
  const parsed = lines.map(parseLine);
  const keys = parsed.flatMap((line) => ('problem' in line ? [] : [line]));
  const problems = parsed.flatMap((line) => ('problem' in line ? [line.problem] : []));
  const hashes = keys.map(({ sha256 }) => sha256.toString('hex'));
  if (new Set(hashes).size < hashes.length) problems.push('two lines have the same key');
  return { keys, problems };
}

function parseLine(line: string, index: number): ApiKey | { problem: string } {
  const [name = '', scopeText = '', sha256, accountText, ...rest] = line.split(':');
  // A malformed line may contain a key, so the message has only its number.
  if (!NAME.test(name) || sha256 === undefined || rest.length > 0)
    return { problem: `line ${index + 1} must be name:scope+scope:sha256-of-the-key` };
  const scopes = scopeText.split('+');
  const unknown = scopes.filter((scope) => !isScope(scope));
  if (unknown.length > 0) return { problem: `${name}: the scopes are ${SCOPES.join(', ')}` };
  if (!SHA256.test(sha256)) return { problem: `${name}: the SHA-256 of the key must have 64 hexadecimal digits` };
  const accountScope = accountText === undefined ? null : parseAccountScope(accountText.split('+'));
  if (accountText !== undefined && accountScope === null)
    return { problem: `${name}: a key is bound to PROVIDER or PROVIDER/account, at most 30 of them` };
  return {
    sha256: Buffer.from(sha256, 'hex'),
    caller: {
      name,
      // A server authenticates its customers itself.
      scopes: new Set([...scopes.filter(isScope), 'customers']),
      accountScope,
      customer: null,
      isServer: true,
      until: null,
    },
  };
}

/** The caller that a key belongs to; null for an unknown key. All keys are compared in constant time, against timing attacks. */
export function callerOfKey(keys: readonly ApiKey[], presented: string): Caller | null {
  const digest = hash(presented);
  let found: Caller | null = null;
  for (const { sha256, caller } of keys) {
    if (timingSafeEqual(sha256, digest)) found = caller;
  }
  return found;
}

function hash(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
