import { LeaseLostError } from '../../domain/ledger/lease.ts';
import { parsePromotionId } from '../../domain/promotion/identity.ts';
import type {
  Call,
  Page,
  PromoCodePageRequest,
  Provider,
  ProviderCoupon,
  ProviderPromoCode,
} from '../../domain/provider/provider.ts';
import { ProviderError } from '../../domain/provider/provider-error.ts';
import type { SyncRound } from '../../store/sync/sync-rounds.ts';
import type { Gateway } from '../core/gateway.ts';
import { CallTiming } from '../reading/call-timing.ts';
import { PAGE_SIZE } from '../reading/pages.ts';
import { refreshPromotion } from '../reading/refresh-promotion.ts';
import { renewLease, tryOrReport } from '../writes/keep-lease.ts';

type Facts = ProviderPromoCode | ProviderCoupon;

/**
 * DONE: the round is complete. STOPPED: the next call continues the round. BUSY: another process synchronises the
 * account. UNSUPPORTED: the provider has no lists.
 */
export type SyncOutcome = 'DONE' | 'STOPPED' | 'BUSY' | 'UNSUPPORTED';

/** Observers of a synchronisation. */
export interface SyncListener {
  /** Called when the round starts over, because the provider refused the stored cursor. */
  onRestart?: (round: SyncRound) => void;
}

interface SyncOptions extends SyncListener {
  signal?: AbortSignal;
  onProgress?: (round: SyncRound) => void;
}

/** How many promotions that the lists left out are read in one step. */
const MISSING_PER_STEP = 20;

/** True for a provider that lists its promotions. */
export function canSynchronise(provider: Provider): boolean {
  return provider.listPromotions !== undefined || provider.listCoupons !== undefined;
}

/**
 * Saves all promotions of an account, newest first, one call after the other, and marks those that no longer exist
 * there as inactive. Continues a round that any process has left incomplete. If the provider refuses the stored cursor
 * because the object that it names was deleted, the round starts over, but only once per call: otherwise it might never
 * end.
 * @throws {ProviderError} when the provider cannot be reached; the next call continues the round
 */
export async function synchronise(
  gateway: Gateway,
  provider: Provider,
  options: SyncOptions = {},
): Promise<SyncOutcome> {
  if (!canSynchronise(provider)) return 'UNSUPPORTED';
  const { syncRounds } = gateway.store;
  const owner = { provider: provider.name, account: provider.account };
  const claimed = await syncRounds.claim(owner, gateway.clock);
  if (!claimed) return 'BUSY';
  try {
    return await runRound(gateway, provider, claimed, options);
  } catch (error) {
    // Another process continues the round.
    if (error instanceof LeaseLostError) return 'BUSY';
    throw error;
  } finally {
    // If the store cannot be written, the lease lapses.
    await tryOrReport(gateway, () => syncRounds.release(claimed));
  }
}

async function runRound(
  gateway: Gateway,
  provider: Provider,
  claimed: SyncRound,
  options: SyncOptions,
): Promise<'DONE' | 'STOPPED'> {
  const { syncRounds } = gateway.store;
  await using _renewal = renewLease(gateway, () => syncRounds.renew(claimed, gateway.clock));
  let round = claimed;
  let hasRestarted = false;
  while (round.phase !== 'DONE' && !options.signal?.aborted) {
    let refusal: unknown;
    try {
      round = await step(gateway, provider, round);
    } catch (error) {
      if (!isRefusedCursor(round, error)) throw error;
      options.onRestart?.(round);
      round = { ...round, phase: 'LIST', cursor: null, couponId: null, seen: 0, isComplete: true };
      refusal = hasRestarted ? error : undefined;
      hasRestarted = true;
    }
    await syncRounds.save(round, gateway.clock);
    // The second restart in one call: the next call continues from the beginning.
    if (refusal) throw refusal;
    options.onProgress?.(round);
  }
  return round.phase === 'DONE' ? 'DONE' : 'STOPPED';
}

/** True if the provider refused the cursor at which the round continued a list. */
function isRefusedCursor({ phase, cursor }: SyncRound, error: unknown): boolean {
  const isListing = phase === 'LIST' || phase === 'CODES';
  return isListing && cursor !== null && error instanceof ProviderError && error.kind === 'REJECTED';
}

function step(gateway: Gateway, provider: Provider, round: SyncRound): Promise<SyncRound> {
  switch (round.phase) {
    case 'LIST':
      return list(gateway, provider, round);
    case 'CODES':
      return listCodes(gateway, provider, round);
    case 'VANISHED':
      return lookForVanished(gateway, provider, round);
    case 'DONE':
      return Promise.resolve(round);
  }
}

async function list(gateway: Gateway, provider: Provider, round: SyncRound): Promise<SyncRound> {
  const request = { cursor: round.cursor ?? undefined, limit: PAGE_SIZE };
  const page = await fetchPage(gateway, round, async (call) =>
    provider.listPromotions ? provider.listPromotions(request, call) : provider.listCoupons?.(request, call),
  );
  const next = { ...seen(round, page), cursor: page.next };
  if (page.next !== null) return next;
  return { ...next, phase: provider.capabilities.listsPromoCodesByCoupon ? 'CODES' : 'VANISHED' };
}

/** Reads a page of the codes of one coupon. */
async function listCodes(gateway: Gateway, provider: Provider, round: SyncRound): Promise<SyncRound> {
  const { accountWalk } = gateway.store;
  const couponId = round.couponId ?? (await accountWalk.nextCoupon(round, null));
  if (couponId === null) return { ...round, phase: 'VANISHED', cursor: null };
  const providerId = parsePromotionId(couponId)?.providerId ?? '';
  const request = { couponId: providerId, isCouponKnown: true, cursor: round.cursor ?? undefined, limit: PAGE_SIZE };
  const page = await fetchPage(gateway, round, (call) => codesOf(provider, request, call));
  const next = seen(round, page);
  if (page.next !== null) return { ...next, couponId, cursor: page.next };
  const following = await accountWalk.nextCoupon(round, couponId);
  return { ...next, couponId: following, cursor: null, phase: following === null ? 'VANISHED' : 'CODES' };
}

/** A page of a coupon's codes; empty if the coupon was deleted since it was listed. */
async function codesOf(
  provider: Provider,
  request: PromoCodePageRequest,
  call: Call,
): Promise<Page<ProviderPromoCode> | undefined> {
  try {
    return await provider.listPromoCodes?.(request, call);
  } catch (error) {
    // On a later page, the provider may mean the cursor: then codes may follow.
    const isFirstPage = request.cursor === undefined;
    if (isFirstPage && error instanceof ProviderError && error.reason === 'NOT_FOUND') return { items: [], next: null };
    throw error;
  }
}

/**
 * Reads promotions that the lists of this round did not show. A list that changes while it is read can leave some out,
 * so a missing promotion counts as gone only if its own read does not find it. One that cannot be read stays as it is,
 * and does not stop the others.
 */
async function lookForVanished(gateway: Gateway, provider: Provider, round: SyncRound): Promise<SyncRound> {
  const unseen = await gateway.store.accountWalk.notSeenSince(round, round.cursor, MISSING_PER_STEP);
  const keys = unseen.ids.map(parsePromotionId).filter((key) => key !== null);
  await Promise.all(keys.map((key) => refreshPromotion(gateway, provider, key).catch(noneIfUnreadable)));
  return unseen.next === null ? { ...round, phase: 'DONE', cursor: null } : { ...round, cursor: unseen.next };
}

function noneIfUnreadable(error: unknown): void {
  if (!(error instanceof ProviderError && error.kind === 'MALFORMED_ANSWER')) throw error;
}

/** Fetches a page, and saves it in one transaction. */
async function fetchPage<Item extends Facts>(
  gateway: Gateway,
  round: SyncRound,
  ask: (call: Call) => Promise<Page<Item> | undefined>,
): Promise<Page<Item>> {
  const { store } = gateway;
  const { call, answered } = new CallTiming(gateway).start();
  const page = (await ask(call)) ?? { items: [], next: null };
  const moment = await answered();
  const { provider, account } = round;
  const saved = await store.transaction(async (db) => {
    await store.syncRounds.assertLeased(round, db);
    return store.promotions.saveEach({ provider, account }, page.items, moment, db);
  });
  // An item that could not be saved counts as unreadable.
  return { ...page, unreadable: (page.unreadable ?? 0) + page.items.length - saved.length };
}

function seen(round: SyncRound, { items, unreadable }: Page<unknown>): SyncRound {
  return { ...round, seen: round.seen + items.length, isComplete: round.isComplete && !unreadable };
}
