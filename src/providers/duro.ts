/*
 * Duro billing API 1.0.0 (https://api.useduro.com, test mode https://sandbox.useduro.com), promo codes.
 * Authenticates with a secret key as a bearer token: sk_live_… or sk_test_…, one tenant and one mode each.
 * Cannot list promo codes or look one up by its text, has no coupons, and takes a code nowhere: it only counts uses made
 * on Duro's own pages. Its answers leave out planId, durationCycles and maxRedemptions.
 */
import { z } from 'zod';
import { isCurrency } from '../promo/currency.ts';
import type { Duration, StatedDiscount } from '../promo/promotion.ts';
import type { NewPromoCode, PromoCodeChange, Provider, ProviderLimits, ProviderPromoCode } from '../promo/provider.ts';
import { ProviderClient } from './client.ts';
import type { ProviderDefinition } from './definition.ts';
import { duroWebhooks } from './duro-webhooks.ts';
import type { ErrorReading } from './failure.ts';
import { withSent } from './sent.ts';
import { apiKey, baseUrl, settingsOf } from './settings.ts';
import { type JsonObject, optional, rfc3339, toRfc3339, whenSet } from './wire.ts';

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

/**
 * Every field is optional in Duro's document. One that is left out says nothing: it is no zero, and no lack of a limit.
 * Without an id it is not known to be a promo code at all.
 */
const promoCodeAnswer = z.object({
  id: z.string().min(1),
  code: optional(z.string().min(1)),
  discountType: optional(z.enum(['percentage', 'fixed'])),
  discountValue: optional(z.int()),
  duration: optional(z.enum(['once', 'forever', 'repeating'])),
  redeemedCount: optional(z.int()),
  /** Null: no limit. */
  remaining: z.int().nullish(),
  active: optional(z.boolean()),
  /** Null: no end. */
  expiresAt: rfc3339.nullish(),
  createdAt: optional(rfc3339),
});
type PromoCodeAnswer = z.infer<typeof promoCodeAnswer>;

const wrapped = z.object({ ok: z.literal(true), data: z.unknown() });

const errorBody = z.object({
  error: z.object({
    message: z.string().nullish(),
    details: z.array(z.object({ path: z.string().nullish(), issue: z.string().nullish() })).nullish(),
  }),
});

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
      close: () => client.close(),
    };
  },
};

function duroProvider(client: ProviderClient, currency: string, mode: Provider['mode']): Provider {
  const promoCodes = ['v1', 'promo-codes'];
  const read = (body: unknown) => toDomain(body, currency);
  return {
    name: 'DURO',
    account: 'default',
    mode,
    limits: limitsOf(currency),

    async createPromoCode(promoCode, call) {
      const headers = { 'idempotency-key': call.intentId };
      const body = toWire(promoCode);
      const created = await client.send(
        { operation: 'createPromoCode', method: 'POST', path: promoCodes, headers, body, read, conflict: 'CODE_TAKEN' },
        call,
      );
      return withUntold(created, promoCode);
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

function limitsOf(currency: string): ProviderLimits {
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

function toWire({ code, terms, planId, maxRedemptions, expiresAt }: NewPromoCode) {
  if ('couponId' in terms) throw new TypeError('a promo code at Duro has terms of its own');
  const { discount, duration } = terms;
  return {
    code,
    planId,
    ...toWireDiscount(discount),
    ...toWireDuration(duration),
    maxRedemptions,
    expiresAt: whenSet(expiresAt, toRfc3339),
  };
}

function toWireChange({ active, maxRedemptions, expiresAt }: PromoCodeChange) {
  return { active, maxRedemptions, expiresAt: whenSet(expiresAt, toRfc3339) };
}

function toWireDiscount(discount: StatedDiscount) {
  return discount.kind === 'PERCENTAGE'
    ? { discountType: 'percentage', discountValue: Number(discount.percentage) }
    : { discountType: 'fixed', discountValue: discount.amount.minorUnits };
}

function toWireDuration(duration: Duration) {
  return duration.kind === 'REPEATING'
    ? { duration: 'repeating', durationCycles: duration.count }
    : { duration: duration.kind === 'ONCE' ? 'once' : 'forever' };
}

/** @throws ZodError or RangeError for a promo code that cannot be expressed here */
function toDomain(body: unknown, currency: string): ProviderPromoCode {
  const answer = promoCodeAnswer.parse(unwrapped(body));
  const { redeemedCount, remaining } = answer;
  return {
    kind: 'PromoCode',
    providerId: answer.id,
    code: answer.code,
    coupon: null,
    discount: toDiscount(answer, currency),
    duration: answer.duration && toDuration(answer.duration),
    active: answer.active,
    maxRedemptions: toLimit(answer),
    redeemedCount,
    ...(redeemedCount === undefined && typeof remaining === 'number' && { remaining }),
    startsAt: null,
    expiresAt: answer.expiresAt,
    createdAt: answer.createdAt,
    metadata: undefined,
    customerId: null,
    planId: undefined,
    firstTransactionOnly: false,
    minimumOrder: null,
  };
}

function toDiscount({ discountType, discountValue }: PromoCodeAnswer, currency: string): StatedDiscount | undefined {
  if (discountType === undefined || discountValue === undefined) return undefined;
  return discountType === 'percentage'
    ? { kind: 'PERCENTAGE', percentage: String(discountValue) }
    : { kind: 'FIXED', amount: { minorUnits: discountValue, currency } };
}

/** The limit itself is never told, and may differ from the one that was sent once. */
function toLimit({ redeemedCount, remaining }: PromoCodeAnswer): number | null | undefined {
  if (remaining === null) return null;
  return remaining === undefined || redeemedCount === undefined ? undefined : redeemedCount + remaining;
}

/** Guides show `{ok, data}`, the reference a bare object. Other objects of Duro have a `data` of their own. */
function unwrapped(body: unknown): unknown {
  const envelope = wrapped.safeParse(body);
  return envelope.success ? envelope.data.data : body;
}

function toDuration(duration: 'once' | 'forever' | 'repeating'): Duration {
  if (duration === 'repeating') return { kind: 'REPEATING', count: null, unit: 'BILLING_PERIOD' };
  return { kind: duration === 'once' ? 'ONCE' : 'FOREVER' };
}

/** The promo code as created, with what Duro keeps but never tells, and what was sent where the answer is silent on it. */
function withUntold(created: ProviderPromoCode, sent: NewPromoCode): ProviderPromoCode {
  const whole = withSent(created, sent);
  const asked = 'duration' in sent.terms ? sent.terms.duration : undefined;
  const isSame = asked?.kind === 'REPEATING' && whole.duration?.kind === 'REPEATING';
  return { ...whole, planId: sent.planId ?? null, duration: isSame ? asked : whole.duration };
}

function readError(body: JsonObject): ErrorReading {
  const parsed = errorBody.safeParse(body);
  if (!parsed.success) return {};
  const { message, details } = parsed.data.error;
  const faults = (details ?? []).map(({ path, issue }) => `${path ?? ''} ${issue ?? ''}`);
  return { message: [message ?? '', ...faults].join('; ') };
}
