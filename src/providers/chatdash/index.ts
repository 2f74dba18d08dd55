/*
 * ChatDash public API 2.0.0 (https://api.chat-dash.com/v1/public): coupons and promotion codes of Stripe Connect
 * accounts, in the shape that Stripe had before September 2025 (a code embeds its coupon).
 * Authenticates with the agency's API key in Authorization, without "Bearer".
 * Cannot read one object, find a code by its text, list the codes of more than one coupon, change or deactivate a code,
 * archive a coupon, or store metadata. Has no idempotency keys, so a write cannot be repeated safely.
 */
import { z } from 'zod';
import type { ChatdashOptions } from '../../simulators/chatdash/index.ts';
import { ProviderClient } from '../client/client.ts';
import { connectionThrough } from '../client/connection.ts';
import { apiKey, baseUrl, settingsOf } from '../client/settings.ts';
import { type ProviderDefinition, USUAL_DEFAULTS } from '../definition.ts';
import { readError } from '../stripe-wire/stripe-errors.ts';
import { chatdashProvider } from './adapter.ts';

interface ChatdashSettings {
  apiKey: string;
  baseUrl: string;
  /** Ids of connected Stripe accounts, the default one first. */
  accounts: string[];
}

const accountIds = z
  .string('must name at least one Stripe account, such as acct_1AbC')
  .transform((list) => list.split(',').map((id) => id.trim()))
  .refine(
    (ids) => ids.every((id) => /^acct_[A-Za-z0-9_]+$/.test(id)),
    'must be Stripe accounts (acct_…), comma-separated',
  )
  .refine((ids) => new Set(ids).size === ids.length, 'must name each account once');

const variables = z
  .object({
    CHATDASH_API_KEY: apiKey,
    CHATDASH_BASE_URL: baseUrl.default('https://api.chat-dash.com/v1/public'),
    STRIPE_CONNECT_ACCOUNTS: accountIds,
  })
  .transform(
    (set): ChatdashSettings => ({
      apiKey: set.CHATDASH_API_KEY,
      baseUrl: set.CHATDASH_BASE_URL,
      accounts: set.STRIPE_CONNECT_ACCOUNTS,
    }),
  );

export const chatdash: ProviderDefinition<ChatdashSettings, ChatdashOptions> = {
  name: 'STRIPE_CONNECT',
  prefix: 'CHATDASH',
  keyVariable: 'CHATDASH_API_KEY',
  defaults: USUAL_DEFAULTS,
  settings: settingsOf('CHATDASH_API_KEY', variables),
  sharedAccounts: ({ accounts }) => ({ ids: accounts, variable: 'STRIPE_CONNECT_ACCOUNTS' }),
  connect(settings, options) {
    const dialect = {
      provider: 'STRIPE_CONNECT' as const,
      baseUrl: settings.baseUrl,
      headers: { authorization: settings.apiKey },
      secret: settings.apiKey,
      readError,
    };
    const client = new ProviderClient(dialect, options);
    const mode = options.sandbox ? 'SANDBOX' : 'LIVE';
    return connectionThrough(
      client,
      settings.accounts.map((account) => chatdashProvider(client, account, mode)),
    );
  },
  startSimulator: async (options) =>
    (await import('../../simulators/chatdash/index.ts')).startChatdashSimulator(options),
  simulatorVariables: { STRIPE_CONNECT_ACCOUNTS: 'acct_sandbox' },
  examples: [
    { code: 'WELCOME15', terms: { discount: { kind: 'PERCENTAGE', percentage: '15' } }, maxRedemptions: 500 },
    { code: 'LASTONE', terms: { discount: { kind: 'PERCENTAGE', percentage: '50' } }, maxRedemptions: 1 },
  ],
};
