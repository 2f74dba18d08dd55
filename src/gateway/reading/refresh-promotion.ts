import { type PromotionKey, parsePromotionId, promotionId } from '../../domain/promotion/identity.ts';
import type { ProviderName } from '../../domain/promotion/promotion.ts';
import type { Call, Provider, ProviderCoupon, ProviderPromoCode } from '../../domain/provider/provider.ts';
import { ProviderError } from '../../domain/provider/provider-error.ts';
import type { Gateway } from '../core/gateway.ts';
import { CallTiming } from './call-timing.ts';
import { pages } from './pages.ts';
import { factsOf, type Reading, type Walked } from './reading.ts';

/**
 * Reads a promotion from its provider and saves the answer. Parallel reads of one promotion share the calls. So do
 * reads of the codes of one coupon, where the provider only lists them together.
 * @throws {ProviderError} MALFORMED_ANSWER also when the promotion may be among the entries that could not be read
 */
export async function refreshPromotion(gateway: Gateway, provider: Provider, key: PromotionKey): Promise<void> {
  const questions = await questionsFor(gateway, provider, key);
  const reading = await refresh(gateway, key, questions, (id, read) => gateway.reads.share(id, read));
  if (reading === null || shownBy(reading, key) !== undefined) return;
  const what = `the ${key.kind} may be among the entries that cannot be read`;
  throw new ProviderError(key.provider, 'MALFORMED_ANSWER', what, { unchanged: true });
}

/**
 * Reads a promotion after the gateway has changed it. A read that runs already may show the state before the change, so
 * it is not shared.
 * @returns null if the provider has no call that reads it
 * @throws {ProviderError}
 */
export async function refreshAfterChange(
  gateway: Gateway,
  provider: Provider,
  key: PromotionKey,
): Promise<Reading | null> {
  const questions = await questionsFor(gateway, provider, key);
  return refresh(gateway, key, questions, (id, read) => gateway.reads.shareNext(id, read));
}

/** A promotion as a reading shows it; null: it does not exist any more; undefined: unknown. */
export function shownBy(
  reading: Reading | null,
  key: PromotionKey,
): ProviderPromoCode | ProviderCoupon | null | undefined {
  const shown = reading?.facts.find((fact) => fact.kind === key.kind && fact.providerId === key.providerId);
  return shown ?? (reading?.isComplete ? null : undefined);
}

/**
 * Reads a promotion again if the answer to a write left its state unknown. If the provider cannot be reached, the
 * promotion stays due: the next call that judges by it reads it.
 */
export async function readIfDue(gateway: Gateway, id: string): Promise<void> {
  const key = parsePromotionId(id);
  const provider = key && gateway.accounts.find(key.provider, key.account);
  if (!provider || !(await gateway.store.promotions.get(id, gateway.clock()))?.isDue) return;
  try {
    await refreshAfterChange(gateway, provider, key);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
  }
}

/** A call to a provider. Equal ids share it. */
interface Question {
  id: string;
  ask: (timing: CallTiming) => Promise<Walked>;
  /** Adds the promotion to what a shared walk has to find. */
  want?: () => void;
  owner: { provider: ProviderName; account: string };
}

/** Asks one question after the other until an answer has the promotion. Only the last one can show that it is gone. */
async function refresh(
  gateway: Gateway,
  key: PromotionKey,
  questions: Question[],
  share: (id: string, read: () => Promise<Reading>) => Promise<Reading>,
): Promise<Reading | null> {
  const { promotions } = gateway.store;
  const id = promotionId(key);
  const stored = await promotions.get(id, gateway.clock());
  let last: Reading | null = null;
  for (const question of questions) {
    do {
      question.want?.();
      last = await share(question.id, () => fetchAndSave(gateway, question));
      if (last.ids.has(id)) return last;
      // The shared walk ended when it had found what others wanted, before it reached this promotion.
    } while (last.isCutShort);
  }
  if (stored && last?.isComplete) await promotions.markGone(id, await last.sentFirst());
  return last;
}

async function fetchAndSave(gateway: Gateway, { ask, owner }: Question): Promise<Reading> {
  const { promotions } = gateway.store;
  const timing = new CallTiming(gateway);
  const walked = await ask(timing);
  const facts = factsOf(walked);
  const saved = await gateway.store.transaction(async (db) => {
    const ids: string[] = [];
    for (const page of walked.pages) ids.push(...(await promotions.saveEach(owner, page.facts, page.moment, db)));
    return ids;
  });
  const [first] = walked.pages;
  // None could be saved: saving one alone throws the reason.
  if (first?.facts[0] && saved.length === 0) await promotions.save(owner, first.facts[0], first.moment);
  const isComplete = walked.isComplete && saved.length === facts.length;
  return { ...walked, facts, isComplete, ids: new Set(saved), sentFirst: () => timing.first() };
}

/** The calls that can read a promotion, in the order to try them; none if the provider has no such call. */
async function questionsFor(gateway: Gateway, provider: Provider, key: PromotionKey): Promise<Question[]> {
  const owner = { provider: provider.name, account: provider.account };
  const id = promotionId(key);
  if (key.kind === 'Coupon') {
    if (provider.readCoupon) {
      return [{ id, owner, ask: (timing) => one(timing, async (call) => provider.readCoupon?.(key.providerId, call)) }];
    }
    return [
      walkThrough(gateway, provider, key, id),
      { id: `list for ${id}`, owner, ask: (timing) => lookInList(timing, provider, key) },
    ];
  }
  if (provider.readPromoCode) {
    return [
      { id, owner, ask: (timing) => one(timing, async (call) => provider.readPromoCode?.(key.providerId, call)) },
    ];
  }
  const couponId = (await gateway.store.promotions.getPromoCode(id, gateway.clock()))?.couponId;
  const coupon = couponId && parsePromotionId(couponId);
  if (!coupon) return [];
  const cursor = gateway.codeWalks.cursorOf(id);
  const walk = walkThrough(gateway, provider, coupon, id);
  if (cursor === undefined) return [walk];
  const ask = (timing: CallTiming) => gateway.codeWalks.page(provider, coupon, cursor, timing);
  return [{ id: JSON.stringify([couponId, cursor]), owner, ask }, walk];
}

/** Reads the list of a coupon's codes until it has found what is wanted. The list shows the coupon, too. */
function walkThrough(gateway: Gateway, provider: Provider, coupon: PromotionKey, wantedId: string): Question {
  const id = promotionId(coupon);
  return {
    id,
    owner: { provider: provider.name, account: provider.account },
    ask: (timing) => gateway.codeWalks.walk(provider, coupon, timing),
    want: () => gateway.codeWalks.want(id, wantedId),
  };
}

/**
 * Searches the list of coupons, for a provider without a call that reads one coupon. Only this list has coupons without
 * codes.
 */
async function lookInList(timing: CallTiming, provider: Provider, { providerId }: PromotionKey): Promise<Walked> {
  let timed = timing.start();
  let isComplete = true;
  for await (const page of pages((request) => provider.listCoupons?.(request, timed.call))) {
    const moment = await timed.answered();
    const coupon = page.items.find((item) => item.providerId === providerId);
    if (coupon) return { pages: [{ facts: [coupon], moment }], isComplete: true, isCutShort: false };
    isComplete &&= !page.unreadable;
    timed = timing.start();
  }
  return { pages: [], isComplete, isCutShort: false };
}

/** One promotion by one call. */
async function one(
  timing: CallTiming,
  read: (call: Call) => Promise<ProviderPromoCode | ProviderCoupon | null | undefined>,
): Promise<Walked> {
  const { call, answered } = timing.start();
  const promotion = await read(call);
  const found = promotion ? [{ facts: [promotion], moment: await answered() }] : [];
  return { pages: found, isComplete: true, isCutShort: false };
}
