/*
 * ChatDash public API 2.0.0 (https://api.chat-dash.com/v1/public): coupons and promotion codes of Stripe Connect
 * accounts, in the shape that Stripe had before September 2025 (a code embeds its coupon).
 * Authenticates with the agency's key, bare, in Authorization.
 * Cannot read one object, look a code up by its text, list codes except those of one coupon, change or switch off a
 * code, take a coupon out of use, keep metadata, or repeat a write safely: it knows no idempotency key.
 */
import { z } from 'zod';
import type { PageRequest, Provider, ProviderLimits } from '../promo/provider.ts';
import {
  listAnswer,
  readError,
  toCoupon,
  toCouponWire,
  toPromoCode,
  toPromoCodeWire,
  withUntold,
} from './chatdash-wire.ts';
import { ProviderClient } from './client.ts';
import type { ProviderDefinition } from './definition.ts';
import { apiKey, baseUrl, settingsOf } from './settings.ts';
import { isStripeAmount } from './stripe-money.ts';
import { readEach } from './wire.ts';

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

const LONGEST_PAGE = 100;

const limits: ProviderLimits = {
  percentageDecimals: 2,
  minimumPercentage: 1,
  carriesAmount: isStripeAmount,
  durationUnit: 'MONTH',
  code: { pattern: /^[a-zA-Z0-9_-]+$/, maxLength: 500 },
  couponNameLength: 40,
  listsPromoCodesByCoupon: true,
  promoCodeFields: new Set([
    'couponId',
    'maxRedemptions',
    'expiresAt',
    'customerId',
    'firstTransactionOnly',
    'minimumOrder',
  ]),
  promoCodeChanges: new Set(),
  couponFields: new Set(['maxRedemptions', 'expiresAt']),
  couponChanges: new Set(['name']),
};

export const chatdash: ProviderDefinition<ChatdashSettings> = {
  name: 'STRIPE_CONNECT',
  title: 'Stripe Connect by ChatDash',
  settings: settingsOf('CHATDASH_API_KEY', variables),
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
    return {
      providers: settings.accounts.map((account) => chatdashProvider(client, account, mode)),
      health: () => client.health,
      close: () => client.close(),
    };
  },
};

function chatdashProvider(client: ProviderClient, account: string, mode: Provider['mode']): Provider {
  const base = ['stripe', 'connect', 'accounts', account];
  const coupons = [...base, 'coupons'];
  return {
    name: 'STRIPE_CONNECT',
    account,
    mode,
    limits,

    createCoupon(coupon, call) {
      const body = { data: toCouponWire(coupon) };
      return client.send({ operation: 'createCoupon', method: 'POST', path: coupons, body, read: toCoupon }, call);
    },

    listCoupons: (page, call) =>
      client.send(
        { operation: 'listCoupons', method: 'GET', path: coupons, query: toQuery(page), read: pageOf(toCoupon) },
        call,
      ),

    updateCoupon(providerId, { name }, call) {
      const path = [...coupons, providerId];
      const body = { data: { name } };
      return client.send({ operation: 'updateCoupon', method: 'PUT', path, body, read: toCoupon }, call);
    },

    async createPromoCode(promoCode, call) {
      const path = [...base, 'promotion-codes'];
      const body = { data: toPromoCodeWire(promoCode) };
      const created = await client.send(
        { operation: 'createPromoCode', method: 'POST', path, body, read: toPromoCode, conflict: 'CODE_TAKEN' },
        call,
      );
      return withUntold(created, promoCode);
    },

    async listPromoCodes({ couponId, ...page }, call) {
      if (couponId === undefined) throw new TypeError('ChatDash lists promotion codes of one coupon only');
      const path = [...coupons, couponId, 'promotion-codes'];
      const read = pageOf(toPromoCode);
      return client.send({ operation: 'listPromoCodes', method: 'GET', path, query: toQuery(page), read }, call);
    },
  };
}

function toQuery({ cursor, limit }: PageRequest) {
  return { limit: Math.min(limit, LONGEST_PAGE), starting_after: cursor };
}

function pageOf<Item>(read: (entry: unknown) => Item) {
  return (body: unknown) => {
    const { data, has_more, next_cursor } = listAnswer.parse(body);
    return { ...readEach(data, read), next: has_more ? (next_cursor ?? null) : null };
  };
}
