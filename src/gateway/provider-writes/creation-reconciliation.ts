import { isDeepStrictEqual } from 'node:util';
import { normalizedCode } from '../../domain/codes/code.ts';
import { isSameDiscount } from '../../domain/money/discount.ts';
import { promotionId } from '../../domain/promotion/identity.ts';
import type { Instant } from '../../domain/promotion/promotion.ts';
import type {
  NewCoupon,
  NewPromoCode,
  Page,
  PageRequest,
  Provider,
  ProviderCoupon,
  ProviderPromoCode,
} from '../../domain/provider/provider.ts';
import { ProviderError } from '../../domain/provider/provider-error.ts';
import type { PendingWrite } from '../../store/writes/pending-write-row.ts';
import type { StoodBefore } from '../../store/writes/write-request.ts';
import { accountOf } from '../core/accounts.ts';
import type { Gateway } from '../core/gateway.ts';
import { PAGE_SIZE, pages } from '../reading/pages.ts';
import type { Answered, Found, ProviderWrite } from './provider-write.ts';
import { unknownOutcome } from './unknown-outcome.ts';

type Facts = ProviderPromoCode | ProviderCoupon;

/** How to find out whether a creation had its effect. */
interface Reconciliation extends Pick<ProviderWrite, 'repeatsSafelyForMs' | 'reconcile' | 'reconcileById'> {
  /** Reads the list that reconciliation may search later; undefined: reconciliation searches no list. */
  lookBefore: () => Promise<StoodBefore | undefined>;
}

type List<Item> = (page: PageRequest) => Promise<Page<Item>> | undefined;

/**
 * How much a provider's clock may lag ours. Used for a write that was recorded without a list of what existed before.
 */
const CLOCK_DIFFERENCE_MS = 10 * 60_000;

/**
 * How to find out whether the creation of a promo code had its effect. If the provider stores which write created a
 * code, it is asked for that code. Otherwise the list of codes is searched.
 */
export function promoCodeReconciliation(
  gateway: Gateway,
  provider: Provider,
  { promoCode, before }: { promoCode: NewPromoCode; before?: StoodBefore },
  answered: (facts: ProviderPromoCode) => Answered,
): Reconciliation {
  const { terms } = promoCode;
  const couponId = 'couponId' in terms ? terms.couponId : undefined;
  const isListed =
    provider.listPromoCodes && (couponId !== undefined || !provider.capabilities.listsPromoCodesByCoupon);
  const list: List<ProviderPromoCode> = (page) => provider.listPromoCodes?.({ ...page, couponId }, {});
  const isOurs = (item: ProviderPromoCode) => isPromoCodeAsSent(item, promoCode);
  const inList = async (pending: PendingWrite): Promise<Found> => {
    try {
      const made = await findByTerms(gateway, { provider, list, isOurs, before }, pending);
      return made && made !== 'UNDECIDABLE' ? answered(made) : made;
    } catch (error) {
      // A deleted coupon has no codes, so the write has created none.
      if (error instanceof ProviderError && error.reason === 'NOT_FOUND') return null;
      throw error;
    }
  };
  const byIntent = async ({ id }: PendingWrite): Promise<Found> => {
    const made = await provider.findMadePromoCode?.(promoCode, { intentId: id });
    return made && made !== 'UNDECIDABLE' ? answered(made) : (made ?? null);
  };
  const reconcile = provider.findMadePromoCode ? byIntent : isListed && inList;
  return {
    repeatsSafelyForMs: provider.capabilities.repeatsSafelyForMs ?? 0,
    ...(reconcile && { reconcile }),
    lookBefore: async () => (reconcile === inList ? newest(list) : undefined),
    reconcileById: async (providerId) => {
      const made = provider.readPromoCode
        ? ofKind('PromoCode', await provider.readPromoCode(providerId, {}))
        : await firstOf(list, (item) => item.providerId === providerId);
      return made && answered(made);
    },
  };
}

/** How to find out whether the creation of a coupon had its effect. */
export function couponReconciliation(
  gateway: Gateway,
  provider: Provider,
  { coupon, before }: { coupon: NewCoupon; before?: StoodBefore },
  answered: (facts: ProviderCoupon) => Answered,
): Reconciliation {
  const list: List<ProviderCoupon> = (page) => provider.listCoupons?.(page, {});
  const isOurs = (item: ProviderCoupon) => isCouponAsSent(item, coupon);
  const inList = async (pending: PendingWrite): Promise<Found> => {
    const made = await findByTerms(gateway, { provider, list, isOurs, before }, pending);
    if (!made || made === 'UNDECIDABLE') return made;
    const writes = await gateway.store.pendingWrites.all();
    const rivals = writes.filter((other) => isSameCreation(other, pending, coupon));
    if (rivals.length === 0) return answered(made);
    // Another pending write for an equal coupon may have created it. Only that write's answer, or a person, can decide.
    if (rivals.some(({ tries }) => tries === 0)) throw unknownOutcome(provider.name);
    return 'UNDECIDABLE';
  };
  const byIntent = async ({ id }: PendingWrite): Promise<Found> => {
    const made = await provider.findMadeCoupon?.({ intentId: id });
    return made ? answered(made) : null;
  };
  const reconcile = provider.findMadeCoupon ? byIntent : provider.listCoupons && inList;
  return {
    repeatsSafelyForMs: provider.capabilities.repeatsSafelyForMs ?? 0,
    ...(reconcile && { reconcile }),
    lookBefore: async () => (reconcile === inList ? newest(list) : undefined),
    reconcileById: async (providerId) => {
      const made = provider.readCoupon
        ? ofKind('Coupon', await provider.readCoupon(providerId, {}))
        : await firstOf(list, (item) => item.providerId === providerId);
      return made && answered(made);
    },
  };
}

/** The first page of a list, read before a write is sent: whatever the write creates is not on it, and is not older. */
async function newest<Item extends ProviderPromoCode | ProviderCoupon>(list: List<Item>): Promise<StoodBefore> {
  const page = (await list({ limit: PAGE_SIZE })) ?? { items: [], next: null };
  const times = page.items.map(({ createdAt }) => createdAt).filter((time) => time !== undefined);
  return {
    ids: page.items.map(({ providerId }) => providerId),
    newest: times.length === 0 ? null : Math.max(...times),
    isAll: page.next === null,
  };
}

async function firstOf<Item>(list: List<Item>, isWanted: (item: Item) => boolean): Promise<Item | null> {
  for await (const page of pages(list)) {
    const found = page.items.find(isWanted);
    if (found) return found;
  }
  return null;
}

/**
 * Finds what a write created by its terms, where the provider does not store which write created an object. An object
 * is ours if it is the only one with these terms that did not exist before and that no other write of ours created. Of
 * two such objects, either may be ours: UNDECIDABLE. If `before` is known, our clock is not compared with the
 * provider's.
 */
async function findByTerms<Item extends ProviderPromoCode | ProviderCoupon>(
  { store }: Gateway,
  search: { provider: Provider; list: List<Item>; isOurs: (item: Item) => boolean; before: StoodBefore | undefined },
  { since }: PendingWrite,
): Promise<Item | 'UNDECIDABLE' | null> {
  const { provider, list, isOurs, before } = search;
  const found: Item[] = [];
  for await (const page of pages(list)) {
    for (const item of page.items.filter((one) => isOurs(one) && !stoodBefore(one, before))) {
      const id = promotionId({ ...accountOf(provider), kind: item.kind, providerId: item.providerId });
      if (!(await store.createdHere.has(id))) found.push(item);
    }
  }
  if (found.length > 1) return 'UNDECIDABLE';
  if (found.some(({ createdAt }) => !isDatedSince(createdAt, before, since))) return 'UNDECIDABLE';
  return found[0] ?? null;
}

function stoodBefore({ providerId, createdAt }: Facts, before: StoodBefore | undefined): boolean {
  if (!before) return false;
  if (before.ids.includes(providerId)) return true;
  // Only the first page of a long list was read. Anything older than that page existed before, too.
  return !before.isAll && createdAt !== undefined && createdAt < (before.newest ?? 0);
}

/** False if an object may be older than the write. */
function isDatedSince(createdAt: Instant | undefined, before: StoodBefore | undefined, since: Instant): boolean {
  if (before) return before.isAll || createdAt !== undefined;
  // An older version recorded the write without reading the list first, so only the provider's time can show the order.
  return createdAt !== undefined && createdAt >= since - CLOCK_DIFFERENCE_MS;
}

function ofKind<Kind extends Facts['kind']>(kind: Kind, facts: Facts | null): Extract<Facts, { kind: Kind }> | null {
  const isOfKind = (one: Facts): one is Extract<Facts, { kind: Kind }> => one.kind === kind;
  return facts && isOfKind(facts) ? facts : null;
}

/** True for another pending write of the same account that creates a coupon with the same terms. */
function isSameCreation(other: PendingWrite, pending: PendingWrite, coupon: NewCoupon): boolean {
  const { provider, account, id } = pending;
  const isOfAccount = other.provider === provider && other.account === account && other.id !== id;
  const requested = other.request && 'coupon' in other.request ? other.request.coupon : null;
  const termsOf = ({ name, discount, duration }: NewCoupon) => ({ name, discount, duration });
  return isOfAccount && requested !== null && isDeepStrictEqual(termsOf(requested), termsOf(coupon));
}

function isCouponAsSent(made: ProviderCoupon, sent: NewCoupon): boolean {
  return (
    isConsistent(made.name, sent.name) &&
    (made.discount === undefined || isSameDiscount(made.discount, sent.discount)) &&
    isConsistent(made.duration, sent.duration) &&
    isConsistent(made.maxRedemptions, sent.maxRedemptions ?? null) &&
    isSameTime(made.expiresAt, sent.expiresAt ?? null)
  );
}

/** Compares the fields that the answer has. A limit or an end that was not sent may come from the coupon. */
function isPromoCodeAsSent(made: ProviderPromoCode, sent: NewPromoCode): boolean {
  const { maxRedemptions, expiresAt } = made;
  const coupon = made.coupon?.kind === 'Coupon' ? made.coupon : undefined;
  const { maxRedemptions: maximum = coupon?.maxRedemptions ?? null, expiresAt: end = coupon?.expiresAt ?? null } = sent;
  return (
    made.code !== undefined &&
    normalizedCode(made.code) === normalizedCode(sent.code) &&
    isConsistent(made.customerId, sent.customerId ?? null) &&
    isConsistent(made.firstTransactionOnly, sent.firstTransactionOnly ?? false) &&
    isConsistent(made.minimumOrder, sent.minimumOrder ?? null) &&
    isConsistent(made.minimumOrderOptions, sent.minimumOrderOptions ?? []) &&
    (isConsistent(maxRedemptions, maximum) || isConsistent(maxRedemptions, sent.maxRedemptions ?? null)) &&
    (isSameTime(expiresAt, end) || isSameTime(expiresAt, sent.expiresAt ?? null))
  );
}

function isConsistent<Value>(answered: Value | undefined, sent: Value): boolean {
  return answered === undefined || isDeepStrictEqual(answered, sent);
}

/** Some providers round times to whole seconds. */
function isSameTime(answered: Instant | null | undefined, sent: Instant | null): boolean {
  if (answered === undefined || answered === null || sent === null) return isConsistent(answered, sent);
  return Math.abs(answered - sent) < 1000;
}
