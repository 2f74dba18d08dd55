/*
 * Flexprice API v1 (https://us.api.flexprice.io/v1, in India https://api.cloud.flexprice.io/v1): coupons, one record
 * each, with or without a code. Authenticates with a key in x-api-key, which is bound to one environment.
 * Cannot change terms, dates, limits or codes, restrict a code to a customer, plan, first order or minimum order, or restore
 * an archived coupon. Has no idempotency keys. So the adapter creates every coupon with a code, and stores the id of the write
 * in its metadata.
 */
import { z } from 'zod';
import type { FlexpriceOptions } from '../../simulators/flexprice/index.ts';
import { ProviderClient } from '../client/client.ts';
import { connectionThrough } from '../client/connection.ts';
import { apiKey, baseUrl, settingsOf } from '../client/settings.ts';
import { type ProviderDefinition, USUAL_DEFAULTS } from '../definition.ts';
import { flexpriceProvider } from './adapter.ts';
import { flexpriceWebhooks, SVIX_SECRET } from './webhooks.ts';
import { readError } from './wire.ts';

interface FlexpriceSettings {
  apiKey: string;
  baseUrl: string;
}

const variables = z
  .object({
    FLEXPRICE_API_KEY: apiKey,
    FLEXPRICE_BASE_URL: baseUrl.default('https://us.api.flexprice.io/v1'),
  })
  .transform(
    (set): FlexpriceSettings => ({
      apiKey: set.FLEXPRICE_API_KEY,
      baseUrl: set.FLEXPRICE_BASE_URL,
    }),
  );

const webhookVariables = z
  .object({
    FLEXPRICE_WEBHOOK_SECRET: z.string().regex(SVIX_SECRET, 'must be whsec_ followed by base64, as Svix shows it'),
  })
  .transform(({ FLEXPRICE_WEBHOOK_SECRET }) => flexpriceWebhooks(FLEXPRICE_WEBHOOK_SECRET));

export const flexprice: ProviderDefinition<FlexpriceSettings, FlexpriceOptions> = {
  name: 'FLEXPRICE',
  prefix: 'FLEXPRICE',
  keyVariable: 'FLEXPRICE_API_KEY',
  defaults: USUAL_DEFAULTS,
  settings: settingsOf('FLEXPRICE_API_KEY', variables),
  webhooks: settingsOf('FLEXPRICE_WEBHOOK_SECRET', webhookVariables),
  connect(settings, options) {
    const dialect = {
      provider: 'FLEXPRICE' as const,
      baseUrl: settings.baseUrl,
      headers: { 'x-api-key': settings.apiKey },
      secret: settings.apiKey,
      readError,
    };
    const client = new ProviderClient(dialect, options);
    return connectionThrough(client, [flexpriceProvider(client, options.sandbox ? 'SANDBOX' : 'LIVE')]);
  },
  startSimulator: async (options) =>
    (await import('../../simulators/flexprice/index.ts')).startFlexpriceSimulator(options),
  examples: [
    { code: 'annual20', terms: { discount: { kind: 'PERCENTAGE', percentage: '20' } }, maxRedemptions: 200 },
    { code: 'ten-off', terms: { discount: { kind: 'FIXED', amount: { minorUnits: 1000, currency: 'USD' } } } },
  ],
};
