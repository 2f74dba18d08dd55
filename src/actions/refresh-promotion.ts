import { type PromotionKey, parsePromotionId, promotionId } from '../promo/identity.ts';
import type { ProviderName } from '../promo/promotion.ts';
import { type Provider, type ProviderCoupon, ProviderFailure, type ProviderPromoCode } from '../promo/provider.ts';
import type { Sending } from '../store/answer-moment.ts';
import type { Gateway } from './gateway.ts';
import { pages } from './pages.ts';

/**
 * Asks the provider for a promotion and takes the answer in. Parallel calls for one promotion share a flight, and so do
 * those for the codes of a coupon where the provider tells them together.
 * @throws {ProviderFailure}
 */
export async function refreshPromotion(gateway: Gateway, provider: Provider, key: PromotionKey): Promise<void> {
  await refresh(gateway, key, questionFor(gateway, provider, key), (id, fly) => gateway.reads.share(id, fly));
}

/**
 * The same by a read that begins now: what the gateway has just done at the provider is in it.
 * @throws {ProviderFailure}
 */
export async function refreshAfterChange(gateway: Gateway, provider: Provider, key: PromotionKey): Promise<void> {
  await refresh(gateway, key, questionFor(gateway, provider, key), (id, fly) => gateway.reads.shareNext(id, fly));
}

/**
 * Reads a promotion again if it is due: the answer to a write did not say what it is now. A provider that cannot be
 * reached is asked by the next call that judges by it.
 */
export async function readIfDue(gateway: Gateway, id: string): Promise<void> {
  const key = parsePromotionId(id);
  const provider = key && gateway.accounts.find(key.provider, key.account);
  if (!provider || !gateway.store.promotions.get(id, gateway.clock())?.isDue) return;
  try {
    await refreshAfterChange(gateway, provider, key);
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error;
  }
}

/** All that a provider tells when asked for a promotion. */
export interface Reading {
  facts: (ProviderPromoCode | ProviderCoupon)[];
  /** Nothing was left out: what is missing is gone. */
  isComplete: boolean;
  /** When it was begun. */
  sending: Sending;
}

type Answered = Omit<Reading, 'sending'>;

/** What the provider is asked, under the id that the flight has. */
interface Question {
  id: string;
  ask: () => Promise<Answered>;
  owner: { provider: ProviderName; account: string };
}

async function refresh(
  gateway: Gateway,
  key: PromotionKey,
  question: Question | null,
  share: (id: string, fly: () => Promise<Reading>) => Promise<Reading>,
): Promise<void> {
  if (!question) return;
  const { promotions } = gateway.store;
  const id = promotionId(key);
  const held = promotions.get(id, gateway.clock());
  const { facts, isComplete, sending } = await share(question.id, () => readAndTakeIn(gateway, question));
  const isThere = facts.some((fact) => fact.kind === key.kind && fact.providerId === key.providerId);
  if (held && !isThere && isComplete) promotions.markGone(id, sending);
}

async function readAndTakeIn(gateway: Gateway, { ask, owner }: Question): Promise<Reading> {
  const { promotions } = gateway.store;
  const sending = promotions.sending(gateway.clock());
  const reading = await ask();
  const moment = promotions.answered(sending);
  gateway.store.transaction(() => {
    for (const fact of reading.facts) promotions.save(owner, fact, moment);
  });
  return { ...reading, sending };
}

/** Null when the provider has no way to be asked for it. */
function questionFor(gateway: Gateway, provider: Provider, key: PromotionKey): Question | null {
  const owner = { provider: provider.name, account: provider.account };
  const id = promotionId(key);
  if (key.kind === 'Coupon') return { id, owner, ask: () => readCoupon(provider, key.providerId) };
  if (provider.readPromoCode) {
    return { id, owner, ask: async () => whole((await provider.readPromoCode?.(key.providerId, {})) ?? null) };
  }
  const couponId = gateway.store.promotions.getPromoCode(id, gateway.clock())?.couponId;
  const couponKey = couponId && parsePromotionId(couponId);
  return couponKey ? { id: couponId, owner, ask: () => readCodesOf(provider, couponKey.providerId) } : null;
}

async function readCoupon(provider: Provider, providerId: string): Promise<Answered> {
  if (provider.readCoupon) return whole(await provider.readCoupon(providerId, {}));
  // ChatDash has no call for one coupon: any code of it carries it whole; failing that, the coupons are walked.
  const codes = await readCodesOf(provider, providerId);
  if (codes.facts.length > 0) return codes;
  let isComplete = codes.isComplete;
  for await (const page of pages((request) => provider.listCoupons?.(request, {}))) {
    const coupon = page.items.find((item) => item.providerId === providerId);
    if (coupon) return whole(coupon);
    isComplete &&= !page.unreadable;
  }
  return { facts: [], isComplete };
}

/** All codes of a coupon, and the coupon with them; none where the provider does not know the coupon. */
async function readCodesOf(provider: Provider, couponId: string): Promise<Answered> {
  const reading: Answered = { facts: [], isComplete: true };
  try {
    for await (const page of pages((request) => provider.listPromoCodes?.({ ...request, couponId }, {}))) {
      reading.facts.push(...page.items.flatMap((code) => (code.coupon ? [code.coupon, code] : [code])));
      reading.isComplete &&= !page.unreadable;
    }
    return reading;
  } catch (error) {
    if (error instanceof ProviderFailure && error.reason === 'NOT_FOUND') return reading;
    throw error;
  }
}

function whole(promotion: ProviderPromoCode | ProviderCoupon | null): Answered {
  return { facts: promotion ? [promotion] : [], isComplete: true };
}
