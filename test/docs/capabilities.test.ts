import { expect, it } from 'vitest';
import { configuredProviders } from '../../src/config/provider-config.ts';
import { KNOWN_PROVIDERS, PROVIDERS } from '../../src/domain/promotion/promotion.ts';
import type { PromoCodeField, ProviderCapabilities } from '../../src/domain/provider/capabilities.ts';
import type { Provider } from '../../src/domain/provider/provider.ts';
import * as registry from '../../src/providers/index.ts';
import { defined } from '../support/defined.ts';
import { SWITCHED_ON } from './known-variables.ts';
import { ROOT, read } from './pages.ts';

const PAGE = 'docs/providers/README.md';

/** What one provider can do, in words. */
type Describe = (provider: Provider, capabilities: ProviderCapabilities) => string;

const NO = '–';
const can = (method: unknown): string => (method ? 'yes' : NO);
const all = (fields: ReadonlySet<string>): string => [...fields].map((field) => `\`${field}\``).join(', ') || NO;

/** An optional field of promo codes. */
const fieldOr =
  (
    otherwise: string,
    field: PromoCodeField,
    detail?: (capabilities: ProviderCapabilities) => string | undefined,
  ): Describe =>
  (_, capabilities) => {
    if (!capabilities.promoCodeFields.has(field)) return otherwise;
    const more = detail?.(capabilities);
    return more === undefined ? 'provider' : `provider, ${more}`;
  };

/** A field that the gateway enforces or stores if the provider cannot. */
const rule = (field: PromoCodeField, detail?: (capabilities: ProviderCapabilities) => string | undefined) =>
  fieldOr('gateway', field, detail);

const atMost = (most: number | undefined) => (most === undefined ? undefined : `at most ${most.toLocaleString('en')}`);

const ROWS: readonly [what: string, describe: Describe][] = [
  ['Create a promo code', ({ createPromoCode }) => can(createPromoCode)],
  ['Read a promo code by its id', ({ readPromoCode }) => can(readPromoCode)],
  ['Find a promo code by its text', ({ findPromoCodes }) => can(findPromoCodes)],
  [
    'List promo codes',
    ({ listPromoCodes, listPromotions }, { listsPromoCodesByCoupon }) =>
      listsPromoCodesByCoupon ? 'those of a coupon' : can(listPromoCodes ?? listPromotions),
  ],
  ['Change a promo code', (_, { promoCodeChanges }) => all(promoCodeChanges)],
  ['Create a coupon', ({ createCoupon }) => can(createCoupon)],
  ['Read a coupon', ({ readCoupon }) => can(readCoupon)],
  ['List coupons', ({ listCoupons, listPromotions }) => can(listCoupons ?? listPromotions)],
  ['Change a coupon', (_, { couponChanges }) => all(couponChanges)],
  ['Archive a coupon', ({ archiveCoupon }) => can(archiveCoupon)],
  ['Apply to a subscription', ({ applyToSubscription }) => can(applyToSubscription)],
  [
    'Terms of a promo code',
    ({ createCoupon }, { promoCodeFields }) => {
      if (promoCodeFields.has('discount')) return 'its own';
      return createCoupon ? "a coupon's, created first if needed" : "a coupon's";
    },
  ],
  [
    'Percentages',
    (_, { percentageDecimals: most, minimumPercentage: least }) =>
      `${most === 0 ? 'whole' : `up to ${most} decimals`}${least === undefined ? '' : `, from ${least}`}`,
  ],
  ['Fixed amounts', (_, { amountRule }) => amountRule ?? 'any'],
  ['Fixed amounts forever', (_, { refusesForeverAmounts }) => (refusesForeverAmounts ? NO : 'yes')],
  ['Amounts in other currencies (`currencyOptions`)', fieldOr(NO, 'currencyOptions')],
  ['A repeating discount counts', (_, { durationUnit }) => (durationUnit === 'MONTH' ? 'months' : 'billing periods')],
  ['Start', rule('startsAt')],
  ['End', rule('expiresAt', ({ expiryRule }) => expiryRule)],
  ['Limit of all uses', rule('maxRedemptions', ({ maxRedemptions }) => atMost(maxRedemptions))],
  ['Limit per customer', () => 'gateway'],
  ['One customer', rule('customerId')],
  ['One plan', rule('planId')],
  ['First purchase only', rule('firstTransactionOnly')],
  ['Minimum order', rule('minimumOrder')],
  ['Minimum order in other currencies (`minimumOrderOptions`)', fieldOr(NO, 'minimumOrderOptions')],
  ['Limit and end at most those of the coupon', (_, { codesStayWithinCoupon }) => can(codesStayWithinCoupon)],
  ['Metadata of promo codes', rule('metadata')],
  [
    'Metadata of coupons',
    ({ createCoupon }, { couponFields }) => {
      if (!createCoupon) return NO;
      return couponFields.has('metadata') ? 'provider' : 'gateway';
    },
  ],
  [
    'Text of a code',
    (_, { code: { maxLength, rule } }) => `${maxLength} characters${rule === undefined ? '' : `, ${rule}`}`,
  ],
  ['Webhooks', (provider) => can(Object.values(registry).find(({ name }) => name === provider.name)?.webhooks)],
  ['Longest name of a coupon', (_, { couponNameLength: most }) => (most === 0 ? NO : `${most} characters`)],
];

/** The providers as their variables switch them on. Connecting sends no call. */
async function connectedProviders(): Promise<Provider[]> {
  const configured = configuredProviders(SWITCHED_ON);
  const connections = PROVIDERS.flatMap((name) => configured.filter((one) => one.name === name)).map(({ connect }) =>
    connect({ deadlineMs: 30_000 }),
  );
  await Promise.all(connections.map((connection) => connection.close()));
  return connections.map(({ providers }) => defined(providers[0]));
}

function table(providers: readonly Provider[]): string {
  const row = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [
    row(['', ...providers.map(({ name }) => KNOWN_PROVIDERS[name].title)]).replace('|  |', '| |'),
    row(['---', ...providers.map(() => '---')]),
    ...ROWS.map(([what, describe]) => row([what, ...providers.map((one) => describe(one, one.capabilities))])),
  ].join('\n');
}

it(`${PAGE} has the table of what each provider declares that it can do`, async () => {
  const providers = await connectedProviders();
  const [before, , after] = read(PAGE).split(/(?<=<!-- capabilities -->\n\n)|(?=\n\n<!-- end of capabilities -->)/);
  // `-u` writes the table to the page.
  await expect(`${before}${table(providers)}${after}`).toMatchFileSnapshot(`${ROOT}/${PAGE}`);
});
