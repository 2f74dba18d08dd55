/*
 * Duro billing API 1.0.0 (https://api.useduro.com, test mode https://sandbox.useduro.com), promo codes.
 * Authenticates with a secret key as a bearer token: sk_live_… or sk_test_…, one tenant and one mode each.
 * Cannot list promo codes, find one by its text, or redeem one by API: it counts only uses on Duro's own pages. Has no
 * coupons. Its answers omit planId, durationCycles and maxRedemptions.
 */
import { z } from 'zod';
import { isCurrency } from '../../domain/money/currency.ts';
import type { DuroOptions } from '../../simulators/duro/index.ts';
import { ProviderClient } from '../client/client.ts';
import { connectionThrough } from '../client/connection.ts';
import { apiKey, baseUrl, settingsOf } from '../client/settings.ts';
import { type ProviderDefinition, USUAL_DEFAULTS } from '../definition.ts';
import { duroProvider } from './adapter.ts';
import { duroWebhooks } from './webhooks.ts';
import { readError } from './wire.ts';

interface DuroSettings {
  apiKey: string;
  baseUrl: string;
  /** The currency of every amount, because Duro's promo codes name none. */
  currency: string;
}

const variables = z
  .object({
    DURO_API_KEY: apiKey,
    DURO_BASE_URL: baseUrl.optional(),
    DURO_CURRENCY: z
      .string()
      .toUpperCase()
      .refine(isCurrency, 'must be an ISO 4217 currency such as NGN')
      .default('NGN'),
  })
  .transform(
    ({ DURO_API_KEY, DURO_BASE_URL, DURO_CURRENCY }): DuroSettings => ({
      apiKey: DURO_API_KEY,
      baseUrl: DURO_BASE_URL ?? (isTestKey(DURO_API_KEY) ? 'https://sandbox.useduro.com' : 'https://api.useduro.com'),
      currency: DURO_CURRENCY,
    }),
  );

const webhookVariables = z
  .object({ DURO_WEBHOOK_SECRET: apiKey })
  .transform(({ DURO_WEBHOOK_SECRET }) => duroWebhooks(DURO_WEBHOOK_SECRET));

export const duro: ProviderDefinition<DuroSettings, DuroOptions> = {
  name: 'DURO',
  prefix: 'DURO',
  keyVariable: 'DURO_API_KEY',
  defaults: USUAL_DEFAULTS,
  settings: settingsOf('DURO_API_KEY', variables),
  webhooks: settingsOf('DURO_WEBHOOK_SECRET', webhookVariables),
  connect(settings, options) {
    const dialect = {
      provider: 'DURO' as const,
      baseUrl: settings.baseUrl,
      headers: { authorization: `Bearer ${settings.apiKey}` },
      secret: settings.apiKey,
      readError,
    };
    const client = new ProviderClient(dialect, options);
    const mode = options.sandbox ? 'SANDBOX' : isTestKey(settings.apiKey) ? 'TEST' : 'LIVE';
    return connectionThrough(client, [duroProvider(client, settings.currency, mode)]);
  },
  startSimulator: async (options) => (await import('../../simulators/duro/index.ts')).startDuroSimulator(options),
  examples: [
    { code: 'SUMMER25', terms: { discount: { kind: 'PERCENTAGE', percentage: '25' } }, maxRedemptions: 1000 },
    {
      code: 'TAKE1500',
      terms: { discount: { kind: 'FIXED', amount: { minorUnits: 150_000, currency: 'NGN' } } },
      maxRedemptions: 50,
    },
  ],
};

function isTestKey(key: string): boolean {
  return key.startsWith('sk_test_');
}
