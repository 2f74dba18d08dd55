import type { ProviderCapabilities } from '../../domain/provider/capabilities.ts';
import type { Provider } from '../../domain/provider/provider.ts';
import type { ProviderClient } from '../client/client.ts';
import { toDomain, toWire, toWireChange } from './wire.ts';

const UNKNOWN_PLAN = { field: 'planId', message: 'is not a plan at the provider' } as const;

/**
 * The adapter of a Duro tenant.
 * @param currency of every fixed discount, because Duro's promo codes name none
 */
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
          conflictReason: 'CODE_TAKEN',
          // The plan is the only thing in this request that may not exist.
          notFoundFault: promoCode.planId === undefined ? undefined : UNKNOWN_PLAN,
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

/** Duro does not document how long it keeps an idempotency key. Other APIs keep keys for at least a day. */
const KEY_LIFETIME_MS = 24 * 60 * 60 * 1000;

function capabilitiesOf(currency: string): ProviderCapabilities {
  return {
    repeatsSafelyForMs: KEY_LIFETIME_MS,
    percentageDecimals: 0,
    carriesAmount: (amount) => amount.currency === currency,
    amountRule: `must be in ${currency}, the currency of the account`,
    durationUnit: 'BILLING_PERIOD',
    code: { maxLength: 500 },
    couponNameLength: 0,
    promoCodeFields: new Set(['discount', 'maxRedemptions', 'expiresAt', 'planId']),
    promoCodeChanges: new Set(['active', 'maxRedemptions', 'expiresAt']),
    couponFields: new Set(),
    couponChanges: new Set(),
  };
}
