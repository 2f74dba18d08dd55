import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { providerProblems } from '../../../src/config/provider-config.ts';
import { promotionId } from '../../../src/domain/promotion/identity.ts';
import { stripe } from '../../../src/providers/stripe/index.ts';

const NOW = Date.parse('2026-08-01T10:00:00Z');
const ACCOUNTS = { STRIPE_ACCOUNTS: 'platform,acct_shop' };

interface Sent {
  type?: string;
  account?: string;
  object?: object;
  previous?: object;
  /** The secret that signs. */
  secret?: string;
  /** In seconds. */
  age?: number;
  /** Replaces the signature. */
  header?: (signature: string) => string;
}

/** What the gateway reads from a delivery that Stripe's own client signs. */
function read(sent: Sent, env: Record<string, string> = {}) {
  const webhook = stripe.webhooks?.parse({ STRIPE_WEBHOOK_SECRET: 'whsec_new', ...ACCOUNTS, ...env });
  const { type = 'promotion_code.updated', object = { id: 'promo_1' }, account, previous } = sent;
  const payload = JSON.stringify({ id: 'evt_1', type, account, data: { object, previous_attributes: previous } });
  const timestamp = NOW / 1000 - (sent.age ?? 0);
  const signature = Stripe.webhooks.generateTestHeaderString({
    payload,
    secret: sent.secret ?? 'whsec_new',
    timestamp,
  });
  const reading = webhook?.(() => (sent.header ?? String)(signature), NOW);
  return reading && 'readBody' in reading ? reading.readBody(payload) : reading;
}

const idOf = (kind: 'PromoCode' | 'Coupon', providerId: string, account = 'platform') =>
  promotionId({ provider: 'STRIPE', account, kind, providerId });
const CODE = idOf('PromoCode', 'promo_1');
const COUPON = idOf('Coupon', 'coupon_1');
const about = (promotionIds: string[], couponIds: string[] = []) => ({
  event: { id: 'evt_1', planIds: [], subscriptionIds: [], promotionIds, couponIds },
});

describe('the signature of a delivery of Stripe', () => {
  it('is accepted from each of the configured secrets', () => {
    const both = { STRIPE_WEBHOOK_SECRET: 'whsec_old, whsec_new' };
    expect(read({ secret: 'whsec_old' })).toEqual({ fault: 'BAD_SIGNATURE' });
    expect(read({ secret: 'whsec_old' }, both)).toEqual(about([CODE]));
    expect(read({ secret: 'whsec_new' }, both)).toEqual(about([CODE]));
  });

  it('is accepted if one of its "v1" parts matches, and never by a part of another scheme', () => {
    const withOther = (signature: string) => signature.replace('v1=', 'v1=00ff,v1=');
    expect(read({ header: withOther })).toEqual(about([CODE]));
    expect(read({ header: (signature) => signature.replace('v1=', 'v0=') })).toEqual({ fault: 'UNSIGNED' });
    expect(read({ header: (signature) => `${signature.replace('v1=', 'v0=')},v1=00ff` })).toEqual({
      fault: 'BAD_SIGNATURE',
    });
  });

  it('is accepted for 300 seconds', () => {
    expect(read({ age: 300 })).toEqual(about([CODE]));
    expect(read({ age: 301 })).toEqual({ fault: 'STALE' });
    expect(read({ header: (signature) => signature.replace(/t=\d+/, `t=${NOW / 1000}`), age: 301 })).toEqual({
      fault: 'BAD_SIGNATURE',
    });
  });

  it.each(['secret', 'whsec_new,', 'whsec_new,secret', 'whsec_a b'])(
    'has a secret such as whsec_…, not %j',
    (secret) => {
      const env = { STRIPE_SECRET_KEY: 'sk_test_1', STRIPE_WEBHOOK_SECRET: secret };
      expect(providerProblems(env)).toEqual([
        expect.stringMatching(/^STRIPE_WEBHOOK_SECRET: must be the signing secret/),
      ]);
    },
  );

  it('does not repeat a problem with the accounts', () => {
    const env = { STRIPE_SECRET_KEY: 'sk_test_1', STRIPE_WEBHOOK_SECRET: 'whsec_1', STRIPE_ACCOUNTS: 'shop' };
    expect(providerProblems(env)).toEqual([expect.stringMatching(/^STRIPE_ACCOUNTS: /)]);
  });
});

describe('an event of Stripe is about', () => {
  it.each(['promotion_code.created', 'promotion_code.updated'])('the promo code of %s', (type) => {
    expect(read({ type })).toEqual(about([CODE]));
  });

  const object = { id: 'coupon_1', object: 'coupon' };
  it.each<[string, Sent, string[]]>([
    ['the new coupon', { type: 'coupon.created' }, []],
    [
      'a coupon whose name or counter changed',
      { type: 'coupon.updated', previous: { name: 'A', times_redeemed: 1 } },
      [],
    ],
    ['a coupon that changed, and its codes', { type: 'coupon.updated', previous: { valid: true } }, [COUPON]],
    ['a deleted coupon, and its codes', { type: 'coupon.deleted' }, [COUPON]],
  ])('%s', (_, sent, couponIds) => {
    expect(read({ object, ...sent })).toEqual(about([COUPON], couponIds));
  });

  it.each(['created', 'updated', 'deleted'])('the code of a discount that was %s, in any form', (change) => {
    const type = `customer.discount.${change}`;
    const source = { type: 'coupon', coupon: 'coupon_1' };
    expect(read({ type, object: { id: 'di_1', promotion_code: 'promo_1', source } })).toEqual(about([CODE]));
    expect(read({ type, object: { promotion_code: { id: 'promo_1' }, coupon: { id: 'coupon_1' } } })).toEqual(
      about([CODE]),
    );
    expect(read({ type, object: { promotion_code: null, source } })).toEqual(about([COUPON]));
    expect(read({ type, object: { promotion_code: null, coupon: { id: 'coupon_1' } } })).toEqual(about([COUPON]));
  });

  it('the earlier code of a discount, too', () => {
    const changed = { object: { promotion_code: 'promo_1' }, previous: { promotion_code: 'promo_0' } };
    const ids = [CODE, idOf('PromoCode', 'promo_0')];
    expect(read({ type: 'customer.discount.updated', ...changed })).toEqual(about(ids));
  });

  it('nothing that the gateway has, if it is of another type', () => {
    expect(read({ type: 'invoice.paid', object: { id: 'in_1' } })).toEqual({ ignored: 'IRRELEVANT' });
  });

  it('nothing that can be read, if it lacks the id', () => {
    for (const type of ['promotion_code.created', 'coupon.deleted']) {
      expect(read({ type, object: {} })).toEqual({ fault: 'MALFORMED' });
    }
  });
});

describe('the account of an event of Stripe', () => {
  it('is the connected account that it names, or the platform', () => {
    expect(read({ account: 'acct_shop' })).toEqual(about([idOf('PromoCode', 'promo_1', 'acct_shop')]));
    expect(read({})).toEqual(about([CODE]));
  });

  it('has to be configured', () => {
    expect(read({ account: 'acct_other' })).toEqual({ ignored: 'UNKNOWN_ACCOUNT' });
    expect(read({}, { STRIPE_ACCOUNTS: 'acct_shop' })).toEqual({ ignored: 'UNKNOWN_ACCOUNT' });
  });

  it('is the platform if its id is that of STRIPE_PLATFORM_ACCOUNT', () => {
    const named = { STRIPE_PLATFORM_ACCOUNT: 'acct_own' };
    expect(read({ account: 'acct_own' }, named)).toEqual(about([CODE]));
    const byId = { ...named, STRIPE_ACCOUNTS: 'acct_own' };
    expect(read({}, byId)).toEqual(about([idOf('PromoCode', 'promo_1', 'acct_own')]));
  });
});
