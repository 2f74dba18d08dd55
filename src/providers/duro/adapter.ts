/*
 * Duro billing API 1.0.0 (https://api.useduro.com, test mode https://sandbox.useduro.com), promo codes.
 * Authenticates with a secret key as a bearer token: sk_live_… or sk_test_…, one tenant and one mode each.
 * Cannot list promo codes or look one up by its text, has no coupons, and takes a code nowhere: it only counts uses made
 * on Duro's own pages. Its answers leave out planId, durationCycles and maxRedemptions.
 */
import { z } from 'zod';
import { isCurrency } from '../../domain/money/currency.ts';
import type { Provider, ProviderCapabilities } from '../../domain/provider/provider.ts';
import { ProviderClient } from '../client/client.ts';
import { apiKey, baseUrl, settingsOf } from '../client/settings.ts';
import type { ProviderDefinition } from '../definition.ts';
import { duroWebhooks } from './webhooks.ts';
import { readError, toDomain, toWire, toWireChange } from './wire.ts';

interface DuroSettings {
  apiKey: string;
  baseUrl: string;
  /** Of every amount: a promo code at Duro names none. */
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

export const duro: ProviderDefinition<DuroSettings> = {
  name: 'DURO',
  title: 'Duro',
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
    return {
      providers: [duroProvider(client, settings.currency, mode)],
      health: () => client.health,
      queue: () => client.queue,
      close: () => client.close(),
    };
  },
};

const UNKNOWN_PLAN = { field: 'planId', message: 'is no plan at the provider' } as const;

function duroProvider(client: ProviderClient, currency: string, mode: Provider['mode']): Provider {
  const promoCodes = ['v1', 'promo-codes'];
  const read = (body: unknown) => toDomain(body, currency);
  return {
    name: 'DURO',
    account: 'default',
    mode,
    limits: limitsOf(currency),

    createPromoCode(promoCode, call) {
      const headers = { 'idempotency-key': call.intentId };
      const body = toWire(promoCode);
      return client.send(
        {
          operation: 'createPromoCode',
          method: 'POST',
          path: promoCodes,
          headers,
          body,
          read,
          conflict: 'CODE_TAKEN',
          // It names nothing else that could be missing.
          unknown: promoCode.planId === undefined ? undefined : UNKNOWN_PLAN,
        },
        call,
      );
    },

    readPromoCode: (providerId, call) =>
      client.find({ operation: 'readPromoCode', method: 'GET', path: [...promoCodes, providerId], read }, call),

    updatePromoCode(providerId, change, call) {
      const headers = { 'idempotency-key': call.intentId };
      const path = [...promoCodes, providerId];
      const body = toWireChange(change);
      return client.send({ operation: 'updatePromoCode', method: 'PATCH', path, headers, body, read }, call);
    },
  };
}

/** How long Duro knows an idempotency key is not documented: a day is what others keep one at least. */
const KEY_LIFETIME = 24 * 60 * 60 * 1000;

function limitsOf(currency: string): ProviderCapabilities {
  return {
    repeatsSafelyFor: KEY_LIFETIME,
    percentageDecimals: 0,
    carriesAmount: (amount) => amount.currency === currency,
    durationUnit: 'BILLING_PERIOD',
    code: { maxLength: 500 },
    couponNameLength: 0,
    promoCodeFields: new Set(['discount', 'maxRedemptions', 'expiresAt', 'planId']),
    promoCodeChanges: new Set(['active', 'maxRedemptions', 'expiresAt']),
    couponFields: new Set(),
    couponChanges: new Set(),
  };
}

function isTestKey(key: string): boolean {
  return key.startsWith('sk_test_');
}
