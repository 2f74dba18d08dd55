import { randomUUID } from 'node:crypto';
import { applied, ended, notApplied } from '../../../src/domain/ledger/apply.ts';
import type { LedgerCommand } from '../../../src/domain/ledger/command.ts';
import { decideBatch, type Outcome } from '../../../src/domain/ledger/decide.ts';
import type { LedgerFacts, PromotionCounts } from '../../../src/domain/ledger/facts.ts';
import type { KeyRecord } from '../../../src/domain/ledger/idempotency-key.ts';
import { quoteUse } from '../../../src/domain/ledger/judged-use.ts';
import { leaseEnd } from '../../../src/domain/ledger/lease.ts';
import { type CounterChange, LedgerState } from '../../../src/domain/ledger/ledger-state.ts';
import { hasLapsed, isActive, type LedgerUse, toRedemption } from '../../../src/domain/ledger/ledger-use.ts';
import { cancel, confirm, releaseHolds } from '../../../src/domain/ledger/settle.ts';
import { reserve, take } from '../../../src/domain/ledger/take.ts';
import { parseRedemptionId } from '../../../src/domain/promotion/identity.ts';
import type { Promotion } from '../../../src/domain/promotion/promotion.ts';
import { addReading } from '../../../src/domain/redemption/count-evidence.ts';
import { coupon, promoCode } from '../redemption/unlimited-promotions.ts';
import { CODES, COUPON_MAX, TERMS } from './ledger-model.ts';
import { idOf, OWNER } from './model-promotions.ts';
import type { LedgerStore, RealLedger } from './real-ledger.ts';

const NOTHING_STORED = { held: 0, uncounted: 0 };

/**
 * A ledger that keeps everything in memory: the pure decisions, with all that is known as their facts. Its counters are
 * only what the decisions say.
 */
export class MemoryLedger {
  readonly #promotions: readonly Promotion[];
  readonly #uses = new Map<string, LedgerUse>();
  readonly #keys = new Map<string, KeyRecord>();
  readonly #counters = new Map<string, CounterChange>();
  readonly #counts = new Map<string, PromotionCounts>();
  #number = 0;

  constructor(promotions: readonly Promotion[]) {
    this.#promotions = promotions;
    for (const { id } of promotions) {
      const readings = [{ answeredAt: 0, atLeast: 0 }];
      this.#counts.set(id, { promotionId: id, providerCount: 0, readings, openUses: [] });
    }
  }

  nextNumber(): number {
    this.#number += 1;
    return this.#number;
  }

  latestNumber(): number {
    return this.#number;
  }

  /** Decides commands as one batch, and applies what it changes. */
  decide(commands: readonly LedgerCommand<unknown>[], now: number): readonly Outcome<unknown>[] {
    const { outcomes, changes } = decideBatch(this.facts(now), commands, now);
    this.#number += commands.length;
    for (const use of [...changes.newUses, ...changes.changedUses]) this.#uses.set(use.ledgerId, use);
    for (const [id, { held, uncounted }] of changes.counters) {
      const counter = this.#counters.get(id) ?? NOTHING_STORED;
      this.#counters.set(id, { held: counter.held + held, uncounted: counter.uncounted + uncounted });
    }
    for (const counts of changes.counts) this.#counts.set(counts.promotionId, counts);
    for (const key of changes.keys) this.putKey(key);
    return outcomes;
  }

  /** Decides one command. */
  run<Answer>(command: LedgerCommand<Answer>, now: number): Answer {
    const answers: { answer: Answer }[] = [];
    const decide = (state: LedgerState) => {
      const decision = command.decide(state);
      answers.push(decision);
      return decision;
    };
    const [outcome] = this.decide([{ needs: command.needs, decide }], now);
    if (outcome?.kind === 'FAILED') throw outcome.error;
    const [decided] = answers;
    if (!decided) throw new Error('The command was not decided');
    return decided.answer;
  }

  /** Everything that is known. */
  facts(now: number): LedgerFacts {
    const uses = [...this.#uses.values()];
    return {
      uses,
      promotions: this.#promotions.map((promotion) => this.#counted(promotion, now)),
      counts: [...this.#counts.values()].map((counts) => ({ ...counts, openUses: this.#openUses(counts.promotionId) })),
      customerUses: customerUsesOf(uses.filter((use) => isActive(use, now))),
      openHolds: uses.flatMap(({ ledgerId, caller, customerId, status, heldUntil }) =>
        status === 'HELD' && heldUntil !== null ? [{ ledgerId, caller, customerId, until: heldUntil }] : [],
      ),
      transactions: uses.filter(({ status }) => status === 'REDEEMED'),
      keys: [...this.#keys.values()].map((record) => ({ record, resultPromotionId: null, pendingWrites: [] })),
      numbers: Array.from({ length: 100 }, (_, index) => this.#number + 1 + index),
    };
  }

  promotion(id: string, now: number): Promotion | null {
    const promotion = this.#promotions.find((one) => one.id === id);
    return promotion ? this.#counted(promotion, now) : null;
  }

  use(ledgerId: string): LedgerUse | null {
    return this.#uses.get(ledgerId) ?? null;
  }

  putKey(record: KeyRecord): void {
    this.#keys.set(JSON.stringify([record.caller, record.key]), record);
  }

  /** Adds a reading of the provider's count. */
  addCount(id: string, reading: { answeredAt: number; atLeast: number }): void {
    const counts = this.#counts.get(id);
    if (!counts) return;
    const open = this.#openUses(id);
    const hasOpenUse = (from: number, to: number) =>
      open.some(({ takenNumber }) => takenNumber > from && takenNumber <= to);
    this.#counts.set(id, { ...counts, readings: addReading(counts.readings, reading, hasOpenUse) });
  }

  #counted(promotion: Promotion, now: number): Promotion {
    const { held, uncounted } = this.#counters.get(promotion.id) ?? NOTHING_STORED;
    const lapsed = this.#usesOf(promotion.id).filter((use) => hasLapsed(use, now)).length;
    const proven = Math.max(...(this.#counts.get(promotion.id)?.readings ?? []).map(({ atLeast }) => atLeast));
    return { ...promotion, heldCount: held - lapsed, redeemedCount: proven + uncounted };
  }

  #openUses(id: string) {
    return this.#usesOf(id).flatMap(({ ledgerId, status, takenNumber }) =>
      status === 'HELD' && takenNumber !== null ? [{ ledgerId, takenNumber }] : [],
    );
  }

  #usesOf(id: string): LedgerUse[] {
    return [...this.#uses.values()].filter(({ promotionId, couponId }) => promotionId === id || couponId === id);
  }
}

function customerUsesOf(active: readonly LedgerUse[]) {
  const pairs = Map.groupBy(active, ({ customerId, promotionId }) => JSON.stringify([customerId, promotionId]));
  return [...pairs.values()].flatMap((uses) => {
    const [{ customerId, promotionId } = { customerId: null, promotionId: '' }] = uses;
    return customerId === null ? [] : [{ customerId, promotionId, uses: uses.length }];
  });
}

/** The promotions of the model, without uses. */
export function modelPromotions(): Promotion[] {
  const owned = { ...OWNER, providerId: 'model' };
  const codes = CODES.map((code): Promotion => {
    const { max: maxRedemptions, perCustomer: perCustomerLimit, hasCoupon } = TERMS[code];
    const couponId = hasCoupon ? idOf('coupon') : null;
    return { ...promoCode, ...owned, id: idOf(code), code, maxRedemptions, perCustomerLimit, couponId };
  });
  return [...codes, { ...coupon, ...owned, id: idOf('coupon'), maxRedemptions: COUPON_MAX }];
}

/** A ledger in memory with the promo codes of the model. */
export function openMemoryLedger(): RealLedger {
  const memory = new MemoryLedger(modelPromotions());
  return {
    idOf,
    store: storeOf(memory),
    sendings: new Map(),
    saveRead: async ({ code, count, couponCount }) => {
      const answeredAt = memory.latestNumber();
      memory.addCount(idOf(code), { answeredAt, atLeast: count });
      if (TERMS[code].hasCoupon) memory.addCount(idOf('coupon'), { answeredAt, atLeast: couponCount });
    },
    reopen: async () => {},
    remove: async () => {},
  };
}

function storeOf(memory: MemoryLedger): LedgerStore {
  return {
    ledger: {
      quote: async (use, now, isPromise) => quoteUse(new LedgerState(memory.facts(now), now), use, isPromise),
      take: async (use, mode, call, now) => memory.run(take(use, mode, call, randomUUID()), now),
      confirm: async (confirmation, by, call, now) => memory.run(confirm(confirmation, by, call), now),
      cancel: async (id, reason, by, call, now) => memory.run(cancel(id, reason, by, call), now),
      releaseExpired: async (now) => memory.run(releaseHolds(), now),
    },
    subscriptionDiscounts: {
      reserve: async (use, { call, request }, now) => {
        const taken = memory.run(reserve(use, call, randomUUID()), now);
        if (taken.kind !== 'TAKEN' || taken.replayed) return taken;
        const { redemption } = taken;
        const sent = { operation: 'applyToSubscription' as const, redemptionId: redemption.id, ...request };
        return { kind: 'RESERVED', redemption, request: sent, intentId: 'intent' };
      },
      markApplied: async (id, providerUseId, now) => memory.run(applied(id, providerUseId), now),
      markNotApplied: async (id, now) => memory.run(notApplied(id), now),
      markEnded: async (id, reason, now) => memory.run(ended(id, reason), now),
    },
    redemptions: {
      get: async (id, now) => {
        const use = memory.use(parseRedemptionId(id) ?? '');
        return use && toRedemption(use, now);
      },
    },
    idempotencyKeys: {
      claim: async (call, provider, clock) => {
        const { caller, key, mutation, inputHash } = call;
        const token = memory.nextNumber();
        const claimed = {
          provider,
          resultId: null,
          leasedUntil: leaseEnd(clock),
          createdAt: clock(),
          token,
          code: null,
        };
        memory.putKey({ caller, key, mutation, inputHash, ...claimed });
        return { kind: 'CLAIMED', lease: { ...call, token } };
      },
    },
    promotions: {
      get: async (id, now) => memory.promotion(id, now),
      sending: async (at) => ({ sentAt: memory.nextNumber(), at }),
    },
  };
}
