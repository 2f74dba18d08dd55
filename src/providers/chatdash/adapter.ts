import type { ProviderCapabilities } from '../../domain/provider/capabilities.ts';
import type {
  Call,
  Page,
  PageRequest,
  Provider,
  ProviderCoupon,
  ProviderPromoCode,
} from '../../domain/provider/provider.ts';
import { ProviderError } from '../../domain/provider/provider-error.ts';
import type { ProviderClient } from '../client/client.ts';
import { readEach } from '../client/wire-values.ts';
import { STRIPE_CAPABILITIES } from '../stripe-wire/stripe-capabilities.ts';
import { toCouponWire } from '../stripe-wire/stripe-coupon.ts';
import { withCoupon } from '../stripe-wire/stripe-promotion-code.ts';
import { listAnswer, toCoupon, toPromoCode, toPromoCodeWire } from './wire.ts';

const MAX_PAGE_SIZE = 100;
/** For how many coupons the adapter remembers the page. */
const MAX_REMEMBERED_PAGES = 10_000;

const capabilities: ProviderCapabilities = {
  ...STRIPE_CAPABILITIES,
  minimumPercentage: 1,
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

/** The adapter of one connected Stripe account. */
export function chatdashProvider(client: ProviderClient, account: string, mode: Provider['mode']): Provider {
  const base = ['stripe', 'connect', 'accounts', account];
  const coupons = [...base, 'coupons'];

  async function listCoupons(page: PageRequest, call: Call): Promise<Page<ProviderCoupon>> {
    const read = pageOf(toCoupon);
    const request = { operation: 'listCoupons', method: 'GET', path: coupons, query: toQuery(page), read } as const;
    return client.send(request, call);
  }

  /** By coupon id: the cursor of the page on which the coupon was last found. */
  const pageOfCoupon = new Map<string, string>();

  /** ChatDash cannot read one coupon. So this searches the page where it was last, then the whole list. */
  async function findCoupon(id: string, call: Call): Promise<ProviderCoupon | null> {
    const remembered = pageOfCoupon.get(id);
    const there = remembered === undefined ? null : await couponOn(remembered, id, call).catch(nullIfRejected);
    if (there) return there;
    let cursor: string | undefined;
    do {
      const page = await listCoupons({ cursor, limit: MAX_PAGE_SIZE }, call);
      const coupon = page.items.find(({ providerId }) => providerId === id);
      if (pageOfCoupon.size >= MAX_REMEMBERED_PAGES) pageOfCoupon.clear();
      if (coupon && cursor !== undefined) pageOfCoupon.set(id, cursor);
      if (coupon) return coupon;
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    return null;
  }

  async function couponOn(cursor: string, id: string, call: Call): Promise<ProviderCoupon | null> {
    const page = await listCoupons({ cursor, limit: MAX_PAGE_SIZE }, call);
    return page.items.find(({ providerId }) => providerId === id) ?? null;
  }

  return {
    name: 'STRIPE_CONNECT',
    account,
    mode,
    capabilities,

    createCoupon(coupon, call) {
      const body = { data: toCouponWire(coupon) };
      return client.send({ operation: 'createCoupon', method: 'POST', path: coupons, body, read: toCoupon }, call);
    },

    listCoupons,

    updateCoupon(providerId, { name }, call) {
      const path = [...coupons, providerId];
      const body = { data: { name } };
      return client.send({ operation: 'updateCoupon', method: 'PUT', path, body, read: toCoupon }, call);
    },

    async createPromoCode(promoCode, call) {
      const path = [...base, 'promotion-codes'];
      const sent = toPromoCodeWire(promoCode);
      const read = (answer: unknown) => toPromoCode(answer, sent.coupon);
      return client.send(
        {
          operation: 'createPromoCode',
          method: 'POST',
          path,
          body: { data: sent },
          read,
          conflictReason: 'CODE_TAKEN',
        },
        call,
      );
    },

    async listPromoCodes({ couponId, isCouponKnown, ...page }, call) {
      if (couponId === undefined) throw new TypeError('ChatDash lists the promotion codes of one coupon only');
      const path = [...coupons, couponId, 'promotion-codes'];
      const read = pageOf((entry) => toPromoCode(entry, couponId));
      const timedCall = client.withDeadline(call);
      const request = { operation: 'listPromoCodes', method: 'GET', path, query: toQuery(page), read } as const;
      const codes = await client.send(request, timedCall);
      return isCouponKnown ? codes : withTerms(codes, (id) => findCoupon(id, timedCall));
    },
  };
}

/**
 * Adds the coupons to codes that contain only the coupon's id. Reads each coupon once per page. If a coupon is not found, the
 * code keeps the reference, and its terms stay unknown.
 */
async function withTerms(
  page: Page<ProviderPromoCode>,
  find: (couponId: string) => Promise<ProviderCoupon | null>,
): Promise<Page<ProviderPromoCode>> {
  const couponIds = new Set(
    page.items.flatMap(({ coupon }) => (coupon?.kind === 'CouponReference' ? coupon.providerId : [])),
  );
  const found = new Map<string, ProviderCoupon>();
  for (const id of couponIds) {
    const coupon = await find(id);
    if (coupon) found.set(id, coupon);
  }
  const items = page.items.map((code) => {
    const coupon = code.coupon && found.get(code.coupon.providerId);
    return coupon && code.coupon?.kind === 'CouponReference' ? withCoupon(code, coupon) : code;
  });
  return { ...page, items };
}

/** A cursor is the id of a coupon. Stripe refuses it after that coupon was deleted. */
function nullIfRejected(error: unknown): null {
  if (error instanceof ProviderError && error.kind === 'REJECTED') return null;
  throw error;
}

function toQuery({ cursor, limit }: PageRequest) {
  return { limit: Math.min(limit, MAX_PAGE_SIZE), starting_after: cursor };
}

function pageOf<Item>(read: (entry: unknown) => Item) {
  return (body: unknown) => {
    const { data, has_more, next_cursor } = listAnswer.parse(body);
    const page = readEach(data, read);
    const next = has_more ? (next_cursor ?? null) : null;
    // With "has_more" but no cursor, the rest cannot be read: count it as unreadable.
    return { ...page, next, unreadable: page.unreadable + (has_more && next === null ? 1 : 0) };
  };
}
