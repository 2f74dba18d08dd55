import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../src/config/config.ts';

const STRIPE = { STRIPE_SECRET_KEY: 'sk_live_1' };
const CHATDASH = { CHATDASH_API_KEY: 'CD.1', STRIPE_CONNECT_ACCOUNTS: 'acct_1,acct_2' };

function problemsOf(env: Record<string, string>): string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('Stripe and ChatDash', () => {
  it('may not be configured for one account', () => {
    expect(problemsOf({ ...STRIPE, ...CHATDASH, STRIPE_ACCOUNTS: 'acct_3,acct_2' })).toEqual([
      'STRIPE_ACCOUNTS: acct_2 is in STRIPE_CONNECT_ACCOUNTS, too: keep it in one of them, or its limits count twice',
    ]);
    expect(problemsOf({ ...STRIPE, ...CHATDASH, STRIPE_ACCOUNTS: 'acct_3' })).toEqual([]);
  });

  it('need the id of the account of the key, because it may be one of the others', () => {
    expect(problemsOf({ ...STRIPE, ...CHATDASH })).toEqual([
      'STRIPE_PLATFORM_ACCOUNT: must be the id (acct_…) of the account that STRIPE_SECRET_KEY belongs to, because STRIPE_CONNECT_ACCOUNTS is set, too',
    ]);
    expect(problemsOf({ ...STRIPE, ...CHATDASH, STRIPE_PLATFORM_ACCOUNT: 'acct_1' })).toHaveLength(1);
    expect(problemsOf({ ...STRIPE, ...CHATDASH, STRIPE_PLATFORM_ACCOUNT: 'acct_3' })).toEqual([]);
  });

  it('need nothing of each other alone', () => {
    expect(problemsOf(STRIPE)).toEqual([]);
    expect(problemsOf(CHATDASH)).toEqual([]);
  });
});

it.each([
  [{ STRIPE_ACCOUNTS: 'platform,acct_1', STRIPE_PLATFORM_ACCOUNT: 'acct_1' }, /^STRIPE_ACCOUNTS: must not name/],
  [{ STRIPE_ACCOUNTS: 'platform, platform' }, /^STRIPE_ACCOUNTS: must name each account once/],
  [{ STRIPE_ACCOUNTS: 'cus_1' }, /^STRIPE_ACCOUNTS: must be "platform" or Stripe accounts/],
  [{ STRIPE_SECRET_KEY: 'pk_live_1' }, /^STRIPE_SECRET_KEY: must be a secret key/],
  [{ STRIPE_PLATFORM_ACCOUNT: 'one' }, /^STRIPE_PLATFORM_ACCOUNT: must be the id/],
])('%j is refused', (env, problem) => {
  expect(problemsOf({ ...STRIPE, ...env })).toEqual([expect.stringMatching(problem)]);
});
