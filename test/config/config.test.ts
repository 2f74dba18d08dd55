import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { callerOfKey, parseApiKeys } from '../../src/auth/api-keys.ts';
import { ConfigError, readConfig } from '../../src/config/config.ts';
import { startProcess } from '../support/processes/gateway-process.ts';

const HASH = 'a'.repeat(64);

function problems(variables: Record<string, string>): string[] {
  try {
    readConfig(variables);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

it.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('without credentials, HOST may be %s', (HOST) => {
  expect(problems({ HOST })).toEqual([]);
});

it.each(['0.0.0.0', '::', '192.168.1.4', '127.example', 'example.com'])(
  'without credentials, HOST may not be %s',
  (HOST) => {
    expect(problems({ HOST })).toEqual([
      'HOST: must be a loopback address such as 127.0.0.1 while neither API_KEYS nor JWKS_URL is set',
    ]);
    expect(problems({ HOST, API_KEYS: `web:quote:${HASH}` })).toEqual([]);
    const tokens = {
      JWKS_URL: 'https://issuer.example/jwks',
      JWT_ISSUER: 'https://issuer.example',
      JWT_AUDIENCE: 'here',
    };
    expect(problems({ HOST, ...tokens })).toEqual([]);
  },
);

it('a process that would accept unauthenticated requests from other machines exits and says why', async () => {
  await expect(startProcess({ HOST: '0.0.0.0', DATABASE_URL: '/nonexistent/never.db' })).rejects.toThrow(
    /HOST: must be a loopback address/,
  );
});

it.each([
  ['just-a-key', 'API_KEYS: line 1 must be name:scope+scope:sha256-of-the-key'],
  [`web:quote+everything:${HASH}`, 'API_KEYS: web: the scopes are read, quote, redeem, manage, operate, customers'],
  [`web::${HASH}`, 'API_KEYS: web: the scopes are read, quote, redeem, manage, operate, customers'],
  ['web:quote:abc', 'API_KEYS: web: the SHA-256 of the key must have 64 hexadecimal digits'],
  [`web:quote:${HASH}:DURA`, 'API_KEYS: web: a key is bound to PROVIDER or PROVIDER/account, at most 30 of them'],
  [`web:quote:${HASH}:`, 'API_KEYS: web: a key is bound to PROVIDER or PROVIDER/account, at most 30 of them'],
  [`web:quote:${HASH}:DURO:more`, 'API_KEYS: line 1 must be name:scope+scope:sha256-of-the-key'],
  [`web:quote:${HASH},app:quote:${HASH}`, 'API_KEYS: two lines have the same key'],
])('an invalid line of API_KEYS is reported: %s', (API_KEYS, problem) => {
  expect(problems({ API_KEYS })).toEqual([problem]);
});

it.each([
  [{ JWKS_URL: 'https://issuer.example/jwks' }, /needs JWT_ISSUER and JWT_AUDIENCE/],
  [{ JWKS_URL: 'http://issuer.example/jwks', JWT_ISSUER: 'a', JWT_AUDIENCE: 'b' }, /must be an https:\/\/ address/],
  [{ JWKS_URL: 'nonsense', JWT_ISSUER: 'a', JWT_AUDIENCE: 'b' }, /must be an https:\/\/ address/],
])('token settings that would accept too many tokens are refused: %j', (variables, problem) => {
  expect(problems(variables)).toEqual([expect.stringMatching(problem)]);
});

it('npm run key prints a key and the line of API_KEYS that accepts it', () => {
  const make = () =>
    execFileSync(process.execPath, ['src/cli/key.ts', 'web', 'quote+redeem', 'STRIPE_CONNECT/acct_one+DURO'], {
      encoding: 'utf8',
    });
  const printed = make();
  const [key, line] = [/(promo_\S+)/, /(web:\S+)/].map((pattern) => pattern.exec(printed)?.[1] ?? '');
  const { keys, problems } = parseApiKeys([line ?? '']);
  expect(problems).toEqual([]);
  expect(callerOfKey(keys, key ?? '')).toMatchObject({
    name: 'web',
    scopes: new Set(['quote', 'redeem', 'customers']),
    accountScope: [
      { provider: 'STRIPE_CONNECT', account: 'acct_one' },
      { provider: 'DURO', account: null },
    ],
  });
  expect(callerOfKey(keys, `${key}x`)).toBeNull();
  expect(line).not.toContain(key);
  expect(make()).not.toContain(key);
});

it.each([
  ['DURO_FRESH_SECONDS', 'DURO_MAX_AGE_SECONDS'],
  ['FLEXPRICE_BEHIND_SECONDS', 'FLEXPRICE_STALE_WHILE_REVALIDATE_SECONDS'],
  ['CHATDASH_STALE_SECONDS', 'CHATDASH_STALE_IF_ERROR_SECONDS'],
  ['REDEEM_STALE_SECONDS', 'REDEEM_STALE_IF_ERROR_SECONDS'],
  ['MAX_HELD_BYTES', 'MAX_BUFFERED_BYTES'],
  ['ANSWER_TIMEOUT_MS', 'RESPONSE_TIMEOUT_MS'],
])('the former variable %s is refused with the current name %s', (former, current) => {
  expect(problems({ [former]: '64000000' })).toEqual([`${former}: was renamed, use ${current}`]);
  expect(problems({ [current]: '64000000' })).toEqual([]);
});

it('the cache ages of each provider come from the variables with its prefix, and each is at least the one before', () => {
  const { providers } = readConfig({
    DURO_MAX_AGE_SECONDS: '5',
    CHATDASH_MAX_AGE_SECONDS: '7200',
    CHATDASH_STALE_IF_ERROR_SECONDS: '60',
    FLEXPRICE_MAX_PER_SECOND: '3',
  });
  const hours = (count: number) => count * 60 * 60 * 1000;
  const usual = { staleWhileRevalidateMs: 600_000, staleIfErrorMs: hours(168) };
  const { DURO, FLEXPRICE, STRIPE_CONNECT } = providers;
  expect({ DURO, FLEXPRICE, STRIPE_CONNECT }).toEqual({
    DURO: { ...usual, maxAgeMs: 5000, maxPerSecond: 25 },
    FLEXPRICE: { ...usual, maxAgeMs: 60_000, maxPerSecond: 3 },
    STRIPE_CONNECT: {
      maxAgeMs: hours(2),
      staleWhileRevalidateMs: hours(2),
      staleIfErrorMs: hours(2),
      maxPerSecond: 25,
    },
  });
});

it("an invalid value is reported with the name of the provider's variable", () => {
  expect(problems({ DURO_MAX_AGE_SECONDS: 'soon', CHATDASH_MAX_PER_SECOND: '-1' })).toEqual([
    'CHATDASH_MAX_PER_SECOND: must not be negative',
    'DURO_MAX_AGE_SECONDS: must be a number of seconds',
  ]);
});

it('DATABASE_URL can name a database on a server, with its own options', () => {
  const url = 'postgres://gateway:secret@db.example/shop';
  expect(readConfig({ DATABASE_URL: url }).store).toEqual({ url, directUrl: url, poolSize: 6, waitSeconds: 0 });
  const DATABASE_DIRECT_URL = 'postgresql://gateway@db.example:5433/shop';
  const options = { DATABASE_DIRECT_URL, DATABASE_POOL_SIZE: '4', DATABASE_WAIT_SECONDS: '30' };
  expect(readConfig({ DATABASE_URL: url, ...options }).store).toEqual({
    url,
    directUrl: DATABASE_DIRECT_URL,
    poolSize: 4,
    waitSeconds: 30,
  });
  expect(readConfig({ DATABASE_POOL_SIZE: '4', DATABASE_WAIT_SECONDS: '30' }).store).toEqual(readConfig({}).store);
});

it.each([
  [{ DATABASE_URL: 'postgres://gateway:secret@db.example' }, /^DATABASE_URL: must name a database/],
  [{ DATABASE_URL: 'mysql://gateway:secret@db.example/shop' }, /^DATABASE_URL: .*mysql: is not supported/],
  [{ DATABASE_POOL_SIZE: '1' }, /^DATABASE_POOL_SIZE: must be at least 2$/],
  [{ DATABASE_POOL_SIZE: 'secret' }, /^DATABASE_POOL_SIZE: must be a number of connections$/],
  [{ DATABASE_WAIT_SECONDS: '-1' }, /^DATABASE_WAIT_SECONDS: must not be negative$/],
  [
    { DATABASE_URL: 'postgres://db.example/shop', DATABASE_DIRECT_URL: 'https://user:secret@db.example/shop' },
    /^DATABASE_DIRECT_URL: must begin with postgres:/,
  ],
  [{ DATABASE_DIRECT_URL: 'postgres://user:secret@db.example/shop' }, /^DATABASE_DIRECT_URL: needs a DATABASE_URL/],
])('a store that makes no sense is refused, and no value is repeated: %j', (variables, problem) => {
  expect(problems(variables)).toEqual([expect.stringMatching(problem)]);
  expect(problems(variables).join()).not.toMatch(/secret|example/);
});
