/*
 * Stripe's API, version 2026-10-28.endive (https://api.stripe.com): coupons and promotion codes of the account that the key belongs
 * to ("platform") and of its connected accounts. A promotion code belongs to a coupon, which has the terms.
 * Authenticates with a secret (sk_…) or restricted (rk_…) key as a bearer token, which is for test mode or for live mode.
 * Requests are forms, answers JSON. Parts of the objects are returned only if the request expands them.
 * A subscription has a list of discounts, which a change replaces.
 * Cannot set a start, limit a code to a plan or to a number of uses per customer, or change terms, limits and ends. Has no call that
 * only redeems a code: it counts uses in Checkout, on invoices and on subscriptions.
 */
import { z } from 'zod';
import type { StripeOptions } from '../../simulators/stripe/index.ts';
import { ProviderClient } from '../client/client.ts';
import { connectionThrough } from '../client/connection.ts';
import { FORM_BODY } from '../client/request-format.ts';
import { baseUrl, settingsOf } from '../client/settings.ts';
import { type ProviderDefinition, USUAL_DEFAULTS } from '../definition.ts';
import { stripeProvider } from './adapter.ts';
import { PLATFORM } from './stripe-requests.ts';
import { stripeWebhooks } from './webhooks.ts';
import { readError } from './wire.ts';

/** The version of Stripe's API that the adapter is written for. */
const STRIPE_VERSION = '2026-10-28.endive';

interface StripeSettings {
  apiKey: string;
  baseUrl: string;
  /** `platform` or ids of connected accounts, the default one first. */
  accounts: string[];
  /** The id of the account that the key belongs to, if the operator names it. */
  platformAccount: string | undefined;
}

const ACCOUNT_ID = /^acct_[A-Za-z0-9_]+$/;

const accountNames = z
  .string()
  .default(PLATFORM)
  .transform((list) => list.split(',').map((name) => name.trim()))
  .refine(
    (names) => names.every((name) => name === PLATFORM || ACCOUNT_ID.test(name)),
    `must be "${PLATFORM}" or Stripe accounts (acct_…), comma-separated`,
  )
  .refine((names) => new Set(names).size === names.length, 'must name each account once');

const variables = z
  .object({
    STRIPE_SECRET_KEY: z
      .string()
      .regex(/^[sr]k_(test|live)_[\x21-\x7e]+$/, 'must be a secret key (sk_…) or a restricted one (rk_…)'),
    STRIPE_ACCOUNTS: accountNames,
    STRIPE_PLATFORM_ACCOUNT: z.string().regex(ACCOUNT_ID, 'must be the id of an account (acct_…)').optional(),
    STRIPE_BASE_URL: baseUrl.default('https://api.stripe.com'),
  })
  .refine(
    ({ STRIPE_ACCOUNTS: names, STRIPE_PLATFORM_ACCOUNT: id }) =>
      !(names.includes(PLATFORM) && names.includes(id ?? '')),
    {
      path: ['STRIPE_ACCOUNTS'],
      error: `must not name the account of STRIPE_PLATFORM_ACCOUNT, which is "${PLATFORM}"`,
    },
  )
  .transform(
    (set): StripeSettings => ({
      apiKey: set.STRIPE_SECRET_KEY,
      baseUrl: set.STRIPE_BASE_URL,
      accounts: set.STRIPE_ACCOUNTS,
      platformAccount: set.STRIPE_PLATFORM_ACCOUNT,
    }),
  );

const webhookVariables = z
  .object({
    STRIPE_WEBHOOK_SECRET: z
      .string()
      .transform((list) => list.split(',').map((secret) => secret.trim()))
      .refine(
        (secrets) => secrets.every((secret) => /^whsec_[\x21-\x7e]+$/.test(secret)),
        'must be the signing secret of the endpoint (whsec_…), or several, comma-separated, while you replace it',
      ),
    // What is wrong with them is reported with the other settings.
    STRIPE_ACCOUNTS: accountNames.catch([]),
    STRIPE_PLATFORM_ACCOUNT: z.string().optional(),
  })
  .transform(({ STRIPE_WEBHOOK_SECRET: secrets, STRIPE_ACCOUNTS: names, STRIPE_PLATFORM_ACCOUNT: platformAccount }) =>
    stripeWebhooks(secrets, (id) => {
      const isPlatform = id === undefined || id === platformAccount;
      // An operator may name the platform by its id.
      const known = isPlatform ? [PLATFORM, platformAccount] : [id];
      return names.find((name) => known.includes(name));
    }),
  );

const MISSING_ACCOUNT = {
  variable: 'STRIPE_PLATFORM_ACCOUNT',
  message: 'must be the id (acct_…) of the account that STRIPE_SECRET_KEY belongs to',
};

export const stripe: ProviderDefinition<StripeSettings, StripeOptions> = {
  name: 'STRIPE',
  prefix: 'STRIPE',
  keyVariable: 'STRIPE_SECRET_KEY',
  // Stripe allows 25 calls per second to each endpoint.
  defaults: USUAL_DEFAULTS,
  settings: settingsOf('STRIPE_SECRET_KEY', variables),
  webhooks: settingsOf('STRIPE_WEBHOOK_SECRET', webhookVariables),
  sharedAccounts: ({ accounts, platformAccount }) => ({
    ids: accounts.flatMap((name) => (name === PLATFORM ? (platformAccount ?? []) : name)),
    variable: 'STRIPE_ACCOUNTS',
    // Only Stripe knows whose key it is, and the start asks nobody.
    missing: accounts.includes(PLATFORM) && platformAccount === undefined ? MISSING_ACCOUNT : undefined,
  }),
  connect({ apiKey, baseUrl, accounts }, options) {
    const dialect = {
      provider: 'STRIPE' as const,
      baseUrl,
      headers: { authorization: `Bearer ${apiKey}`, 'stripe-version': STRIPE_VERSION },
      secret: apiKey,
      bodyFormat: FORM_BODY,
      loggedHeaders: ['request-id', 'stripe-rate-limited-reason'],
      readError,
    };
    const client = new ProviderClient(dialect, options);
    const mode = options.sandbox ? 'SANDBOX' : /^[sr]k_test_/.test(apiKey) ? 'TEST' : 'LIVE';
    return connectionThrough(
      client,
      accounts.map((account) => stripeProvider(client, account, mode)),
    );
  },
  startSimulator: async (options) => (await import('../../simulators/stripe/index.ts')).startStripeSimulator(options),
  simulatorVariables: { STRIPE_PLATFORM_ACCOUNT: 'acct_platform' },
  examples: [
    { code: 'STRIPE30', terms: { discount: { kind: 'PERCENTAGE', percentage: '30' } }, maxRedemptions: 300 },
    {
      code: 'FIVEOFF',
      terms: { discount: { kind: 'FIXED', amount: { minorUnits: 500, currency: 'USD' } } },
      maxRedemptions: 100,
    },
  ],
};
