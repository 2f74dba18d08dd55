import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { parseAccountScope } from './account-scope.ts';
import { type Caller, isScope, SCOPES } from './caller.ts';

/** A key that somebody has; what is kept of it is a hash. */
export interface ApiKey {
  sha256: Buffer;
  caller: Caller;
}

/** What every key begins with, so that one that was published by mistake can be found. */
const PREFIX = 'promo_';
/** In bytes: more than can be guessed, so a plain hash of it is safe to keep. */
const LENGTH = 32;

const NAME = /^[\w.-]{1,64}$/;
const SHA256 = /^[0-9a-f]{64}$/i;

/** A new key, and the hash by which it is known. */
export function makeKey(): { key: string; sha256: string } {
  const key = PREFIX + randomBytes(LENGTH).toString('base64url');
  return { key, sha256: hash(key).toString('hex') };
}

/** A line of API_KEYS. */
export function keyLine(name: string, scopes: string, sha256: string, accountScope?: string): string {
  return [name, scopes, sha256, ...(accountScope ? [accountScope] : [])].join(':');
}

/**
 * Reads the lines of API_KEYS: `name:scope+scope:sha256-of-the-key`, and where the key is bound, `:PROVIDER+PROVIDER/account`.
 * One name may stand on several keys, so that a key can be changed while both are in use.
 * @returns the keys, and a line for everything that is wrong
 */
export function parseApiKeys(lines: readonly string[]): { keys: ApiKey[]; problems: string[] } {
  const parsed = lines.map(parseLine);
  const keys = parsed.flatMap((one) => ('problem' in one ? [] : [one]));
  const problems = parsed.flatMap((one) => ('problem' in one ? [one.problem] : []));
  const hashes = keys.map(({ sha256 }) => sha256.toString('hex'));
  if (new Set(hashes).size < hashes.length) problems.push('two lines have the same key');
  return { keys, problems };
}

function parseLine(line: string, index: number): ApiKey | { problem: string } {
  const [name = '', scopeText = '', sha256, reachText, ...rest] = line.split(':');
  // A line that is malformed may hold a key, so no more of it is told than its place.
  if (!NAME.test(name) || sha256 === undefined || rest.length > 0)
    return { problem: `line ${index + 1} must be name:scope+scope:sha256-of-the-key` };
  const scopes = scopeText.split('+');
  const unknown = scopes.filter((scope) => !isScope(scope));
  if (unknown.length > 0) return { problem: `${name}: the scopes are ${SCOPES.join(', ')}` };
  if (!SHA256.test(sha256)) return { problem: `${name}: the SHA-256 of the key must have 64 hexadecimal digits` };
  const accountScope = reachText === undefined ? null : parseAccountScope(reachText.split('+'));
  if (reachText !== undefined && accountScope === null)
    return { problem: `${name}: a key is bound to PROVIDER or PROVIDER/account, at most 30 of them` };
  return {
    sha256: Buffer.from(sha256, 'hex'),
    caller: {
      name,
      // A server knows who its customers are.
      scopes: new Set([...scopes.filter(isScope), 'customers']),
      accountScope,
      customer: null,
      isServer: true,
      until: null,
    },
  };
}

/** Whose key it is. Every key is compared, each in constant time: how long it takes tells nothing. */
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
