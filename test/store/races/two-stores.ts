import { sql } from 'kysely';
import type { Use } from '../../../src/domain/ledger/requests.ts';
import type { ProviderCoupon, ProviderPromoCode } from '../../../src/domain/provider/provider.ts';
import type { Db, Engine } from '../../../src/store/engines/engine.ts';
import { openPostgres } from '../../../src/store/engines/postgres.ts';
import { type Store, storeOver } from '../../../src/store/store.ts';
import { createDatabase } from '../../support/postgres/test-database.ts';
import { UNUSED } from '../unused-facts.ts';

/** A store as one of several processes has it open. */
export interface OpenedStore {
  engine: Engine;
  store: Store;
}

/** Two stores on one PostgreSQL database, as two processes have them open. */
export interface TwoStores {
  one: OpenedStore;
  other: OpenedStore;
  /**
   * Runs work in a transaction of the first store, and lets a rival begin before it commits. It commits when the rival
   * waits for a lock, or has ended without.
   * @param beforeCommit runs then
   */
  meet<Result>(
    work: (db: Db) => Promise<unknown>,
    rival: () => Promise<Result>,
    beforeCommit?: (db: Db) => unknown,
  ): Promise<Result>;
  /** How many deadlocks the server has ended. Closes the stores first, because the server counts with a delay. */
  deadlocks(): Promise<number>;
  remove(): Promise<void>;
}

/** @param settings of the server, such as `enable_hashjoin=off`, for all connections of the stores */
export async function openTwoStores(settings: readonly string[] = []): Promise<TwoStores> {
  const database = await createDatabase();
  const address = new URL(database.url);
  if (settings.length > 0) address.searchParams.set('options', settings.map((one) => `-c ${one}`).join(' '));
  const url = address.href;
  const open = async () => {
    const engine = await openPostgres({ url });
    return { engine, store: storeOver(engine) };
  };
  const [one, other, observer] = await Promise.all([open(), open(), openPostgres({ url, poolSize: 2 })]);
  const isAnyWaiting = async () => {
    const waiting = sql<{ pid: number }>`select pid from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`;
    return (await waiting.execute(observer.reads)).rows.length > 0;
  };
  const close = () => Promise.all([one.store.close(), other.store.close()]);
  return {
    one,
    other,
    meet: async (work, rival, beforeCommit = () => {}) => {
      const begun: ReturnType<typeof rival>[] = [];
      await one.engine.transaction(async (db) => {
        await work(db);
        const its = rival();
        begun.push(its);
        let hasEnded = false;
        const end = () => {
          hasEnded = true;
        };
        its.then(end, end);
        while (!hasEnded && !(await isAnyWaiting()));
        await beforeCommit(db);
      });
      const [answer] = begun;
      if (!answer) throw new Error('The rival has not begun');
      return answer;
    },
    deadlocks: async () => {
      await close();
      const counted = sql<{ deadlocks: number }>`select deadlocks from pg_stat_database
        where datname = current_database()`;
      return (await counted.execute(observer.reads)).rows[0]?.deadlocks ?? 0;
    },
    remove: async () => {
      await close();
      await observer.close();
      await database.drop();
    },
  };
}

/** An account of the stores. */
export const OWNER = { provider: 'STRIPE_CONNECT', account: 'acct_race' } as const;

const shared = (providerId: string) => ({
  providerId,
  discount: { kind: 'PERCENTAGE' as const, percentage: '10' },
  ...UNUSED,
});

/** A provider's answer for a coupon. */
export function couponFacts(providerId: string, facts: Partial<ProviderCoupon> = {}): ProviderCoupon {
  return { ...shared(providerId), kind: 'Coupon', name: 'Race', ...facts };
}

/** A provider's answer for a promo code. */
export function promoCodeFacts(providerId: string, facts: Partial<ProviderPromoCode> = {}): ProviderPromoCode {
  const rules = { customerId: null, planId: null, firstTransactionOnly: false, minimumOrder: null };
  return { ...shared(providerId), kind: 'PromoCode', code: providerId, coupon: null, ...rules, ...facts };
}

/** A request of the shop "shop" to use a promotion. Without an order. */
export function useOf(promotionId: string, customerId: string | null): Use {
  return {
    promotionId,
    customerId,
    order: { id: null, amount: null, planId: null, firstTransaction: false },
    subscriptionId: null,
    caller: 'shop',
    boundTo: null,
    mayRead: true,
  };
}
