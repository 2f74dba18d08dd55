import type { Collection } from '../server/documents.ts';
import { ulid } from '../server/ulid.ts';
import type { CreateBody, UpdateBody } from './bodies.ts';
import type { Refuse } from './errors.ts';
import { isUsable, type PromoCodeDocument, remainingUses } from './promo-code.ts';
import type { DuroSwitches } from './switches.ts';

/** The promo codes of one tenant in one mode. */
export interface PromoCodes {
  /** @throws {Refusal} 404 or 422 for an unknown plan, 409 for a code that exists */
  create(body: CreateBody): PromoCodeDocument;
  /** @throws {Refusal} 404 */
  get(id: string): PromoCodeDocument;
  /** @throws {Refusal} 404 */
  update(id: string, change: UpdateBody): PromoCodeDocument;
  /** Newest first; of the same age, in descending order of ids. */
  newestFirst(): PromoCodeDocument[];
  /** Counts uses. @throws if the code is unknown or Duro would refuse that many uses */
  redeem(id: string, uses: number): void;
  /** How many uses were counted. @throws {Refusal} 404 */
  redeemed(id: string): number;
}

interface Rules {
  switches: DuroSwitches;
  /** Absent: every plan exists. */
  knownPlans?: readonly string[];
  clock: () => number;
  refuse: Refuse;
}

export function createPromoCodes(stored: Collection<PromoCodeDocument>, rules: Rules): PromoCodes {
  const { switches, clock, refuse } = rules;
  const comparable = (code: string) => (switches.duplicateCodes === 'folded' ? code.toLowerCase() : code);

  function get(id: string): PromoCodeDocument {
    const promoCode = stored.get(id);
    if (promoCode === undefined) throw refuse(404, 'Promo code not found');
    return promoCode;
  }

  function checkPlan(planId: string | undefined): void {
    if (planId === undefined || rules.knownPlans === undefined || rules.knownPlans.includes(planId)) return;
    if (switches.unknownPlan === 404) throw refuse(404, 'Plan not found');
    throw refuse(422, [{ path: 'planId', issue: 'is not a plan of this account' }]);
  }

  function checkUnused(code: string): void {
    if (stored.all().some((other) => comparable(other.code) === comparable(code))) {
      throw refuse(409, 'A promo code with this code already exists');
    }
  }

  return {
    get,
    create(body) {
      checkPlan(body.planId);
      checkUnused(body.code);
      const promoCode = newPromoCode(body, clock());
      stored.put(promoCode.id, promoCode);
      return promoCode;
    },
    update(id, { active, maxRedemptions, expiresAt }) {
      const before = get(id);
      const promoCode = {
        ...before,
        active: active ?? before.active,
        maxRedemptions: maxRedemptions === undefined ? before.maxRedemptions : maxRedemptions,
        expiresAt: expiresAt === undefined ? before.expiresAt : expiresAt,
      };
      stored.put(id, promoCode);
      return promoCode;
    },
    newestFirst: () => stored.all().sort(byAgeThenId),
    redeem(id, uses) {
      const promoCode = get(id);
      if (!isUsable(promoCode, clock()) || (remainingUses(promoCode) ?? uses) < uses) {
        throw new Error(`Duro would not let ${promoCode.code} be used ${uses} more times`);
      }
      stored.put(id, { ...promoCode, redeemedCount: promoCode.redeemedCount + uses });
    },
    redeemed: (id) => get(id).redeemedCount,
  };
}

function newPromoCode(body: CreateBody, now: number): PromoCodeDocument {
  return {
    // Duro does not document the prefix of these ids.
    id: `promo_${ulid(now)}`,
    code: body.code,
    planId: body.planId ?? null,
    discountType: body.discountType,
    discountValue: body.discountValue,
    duration: body.duration,
    durationCycles: body.durationCycles ?? null,
    maxRedemptions: body.maxRedemptions ?? null,
    redeemedCount: 0,
    active: true,
    expiresAt: body.expiresAt ?? null,
    createdAt: new Date(now).toISOString(),
  };
}

function byAgeThenId(a: PromoCodeDocument, b: PromoCodeDocument): number {
  return descending(a.createdAt, b.createdAt) || descending(a.id, b.id);
}

function descending(a: string, b: string): number {
  return a < b ? 1 : Number(a > b) * -1;
}
