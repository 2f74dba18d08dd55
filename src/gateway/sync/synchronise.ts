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
import { LeaseLostError } from '../../store/writes/leases.ts';
import type { Gateway } from '../core/gateway.ts';
import { CallTiming } from '../reading/call-timing.ts';
import { PAGE_SIZE } from '../reading/pages.ts';
import { refreshPromotion } from '../reading/refresh-promotion.ts';
import { LEASE_MS, renewLease, tryOrReport } from '../writes/lease.ts';

type Facts = ProviderPromoCode | ProviderCoupon;

/** DONE: all was seen. STOPPED: it goes on from here. BUSY: another process does it. UNSUPPORTED: it has no lists. */
export type SyncOutcome = 'DONE' | 'STOPPED' | 'BUSY' | 'UNSUPPORTED';

/** Observers of a synchronisation. */
export interface SyncListener {
  /** The round begins again, because the provider does not know the place any more at which this one was. */
  onRestart?: (round: SyncRound) => void;
}

/** How many of the promotions that were not seen are looked at in one step. */
const VANISHED_AT_ONCE = 20;

/** True for a provider that can tell what it has. */
export function canSynchronise(provider: Provider): boolean {
  return provider.listPromotions !== undefined || provider.listCoupons !== undefined;
}

/**
 * Takes in all that an account has, newest first, a call at a time, and marks what has vanished there as inactive. What
 * was left half-way, by whichever process, goes on from where it was. A cursor that the provider does not know any more,
 * because what it names was deleted, begins the round again: once in a call, so that it cannot go in circles.
 * @throws {ProviderError} when the provider is out of reach; the next call goes on from there
 */
export async function synchronise(
  gateway: Gateway,
  provider: Provider,
  options: { signal?: AbortSignal; onProgress?: (round: SyncRound) => void } & SyncListener = {},
): Promise<SyncOutcome> {
  if (!canSynchronise(provider)) return 'UNSUPPORTED';
  const { syncRounds } = gateway.store;
  const owner = { provider: provider.name, account: provider.account };
  const now = gateway.clock();
  const claimed = syncRounds.claim(owner, now, now + LEASE_MS);
  if (!claimed) return 'BUSY';
  let round = claimed;
  using _renewal = renewLease(gateway, () => syncRounds.renew(claimed, gateway.clock() + LEASE_MS));
  try {
    let hasRestarted = false;
    while (round.phase !== 'DONE' && !options.signal?.aborted) {
      let lost: unknown;
      try {
        round = await step(gateway, provider, round);
      } catch (error) {
        if (!isLostPlace(round, error)) throw error;
        options.onRestart?.(round);
        round = { ...round, phase: 'LIST', cursor: null, couponId: null, seen: 0, isComplete: true };
        lost = hasRestarted ? error : undefined;
        hasRestarted = true;
      }
      const finishedAt = round.phase === 'DONE' ? gateway.clock() : syncRounds.finishedAt(owner);
      syncRounds.save(round, gateway.clock() + LEASE_MS, finishedAt);
      // Once more is enough for now: the next call goes on from the beginning.
      if (lost) throw lost;
      options.onProgress?.(round);
    }
  } catch (error) {
    // Another process goes on with it.
    if (error instanceof LeaseLostError) return 'BUSY';
    throw error;
  } finally {
    release(gateway, round);
  }
  return round.phase === 'DONE' ? 'DONE' : 'STOPPED';
}

/** Lets the next process go on; a store that cannot be written changes nothing about what was done: the claim lapses. */
function release(gateway: Gateway, round: SyncRound): void {
  tryOrReport(gateway, () => gateway.store.syncRounds.renew(round, 0));
}

/** True where the provider refuses to go on from the place at which a list was left. */
function isLostPlace({ phase, cursor }: SyncRound, error: unknown): boolean {
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

/** A page of the codes of one coupon. */
async function listCodes(gateway: Gateway, provider: Provider, round: SyncRound): Promise<SyncRound> {
  const { accountWalk } = gateway.store;
  const couponId = round.couponId ?? accountWalk.nextCoupon(round, null);
  if (couponId === null) return { ...round, phase: 'VANISHED', cursor: null };
  const providerId = parsePromotionId(couponId)?.providerId ?? '';
  const request = { couponId: providerId, isCouponKnown: true, cursor: round.cursor ?? undefined, limit: PAGE_SIZE };
  const page = await fetchPage(gateway, round, (call) => codesOf(provider, request, call));
  const next = seen(round, page);
  if (page.next !== null) return { ...next, couponId, cursor: page.next };
  const following = accountWalk.nextCoupon(round, couponId);
  return { ...next, couponId: following, cursor: null, phase: following === null ? 'VANISHED' : 'CODES' };
}

/** None of a coupon that has vanished since it was listed. */
async function codesOf(
  provider: Provider,
  request: PromoCodePageRequest,
  call: Call,
): Promise<Page<ProviderPromoCode> | undefined> {
  try {
    return await provider.listPromoCodes?.(request, call);
  } catch (error) {
    // Behind a cursor it may be the place that is lost, with the codes that follow it.
    const isFirstPage = request.cursor === undefined;
    if (isFirstPage && error instanceof ProviderError && error.reason === 'NOT_FOUND') return { items: [], next: null };
    throw error;
  }
}

/**
 * What was not seen since the round began. A list that moves while it is walked leaves some out, so each is read again
 * before it counts as gone. Those of one coupon are read together, at a provider that lists them so. One that cannot be
 * read stays as it is, and keeps no other from being looked for.
 */
async function lookForVanished(gateway: Gateway, provider: Provider, round: SyncRound): Promise<SyncRound> {
  const unseen = gateway.store.accountWalk.notSeenSince(round, round.cursor, VANISHED_AT_ONCE);
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
  const moment = answered();
  const { provider, account } = round;
  const taken = store.transaction(() => {
    store.syncRounds.assertLeased(round);
    return store.promotions.saveEach({ provider, account }, page.items, moment);
  });
  return { ...page, unreadable: (page.unreadable ?? 0) + page.items.length - taken.length };
}

function seen(round: SyncRound, { items, unreadable }: Page<unknown>): SyncRound {
  return { ...round, seen: round.seen + items.length, isComplete: round.isComplete && !unreadable };
}
