import type { ProviderCapabilities } from '../../domain/provider/capabilities.ts';
import type { Provider } from '../../domain/provider/provider.ts';
import type { ProviderClient } from '../client/client.ts';
import { toDomain, toWire, toWireChange } from './wire.ts';

const UNKNOWN_PLAN = { field: 'planId', message: 'is no plan at the provider' } as const;

export function duroProvider(client: ProviderClient, currency: string, mode: Provider['mode']): Provider {
  const promoCodes = ['v1', 'promo-codes'];
  const read = (body: unknown) => toDomain(body, currency);
  return {
    name: 'DURO',
    account: 'default',
    mode,
    capabilities: capabilitiesOf(currency),

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

function capabilitiesOf(currency: string): ProviderCapabilities {
  return {
    repeatsSafelyForMs: KEY_LIFETIME,
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
