import type { IdempotentCall } from '../../../src/domain/ledger/idempotency-key.ts';
import type { ModelActor } from '../../domain/ledger/commands.ts';
import { type Asked, CODES, COUPON_MAX, type Code, LedgerModel, TERMS } from '../../domain/ledger/ledger-model.ts';

export type Name = Code | 'coupon';
export const NAMES: readonly Name[] = [...CODES, 'coupon'];

/** A request of a client under an idempotency key. */
export type Request =
  | { kind: 'TAKE'; asked: Asked; as: 'REDEEMED' | 'HELD'; seconds: number }
  | {
      kind: 'SETTLE';
      verb: 'confirm' | 'cancel';
      id: string;
      by: Pick<ModelActor, 'counted' | 'mayManage' | 'amount'>;
    };

export interface Sent {
  request: Request;
  call: IdempotentCall;
}

/**
 * The ledger model, extended by the contents of answers. Here time passes without a release of ended holds, and the
 * provider also counts uses that were made without the gateway.
 */
export class AnswersModel extends LedgerModel {
  /** All requests under an idempotency key, for repeats. */
  sent: Sent[] = [];
  /** The codes that were used at the provider without the gateway. */
  elsewhere: Code[] = [];

  /** The provider's count: uses of the gateway, and uses without it. */
  providerCountOf(name: Name): number {
    return this.countedOf(name) + this.elsewhereOf(name);
  }

  elsewhereOf(name: Name): number {
    return this.elsewhere.filter((code) => isUnder(name, code)).length;
  }

  /** The remaining uses under all limits; null: there is no limit. */
  remainingOf(name: Name): number | null {
    const left = limitsOf(name).map(([limited, max]) => Math.max(0, max - this.usedOf(limited)));
    return left.length > 0 ? Math.min(...left) : null;
  }

  /**
   * Seconds until an exhausted code is free; null: unknown. Undefined: no prediction, as the provider exceeded a limit.
   */
  retryAfter({ code }: Asked, reason: string): number | null | undefined {
    if (reason !== 'EXHAUSTED') return undefined;
    const full = limitsOf(code).filter(([limited, max]) => this.usedOf(limited) >= max);
    if (full.some(([limited, max]) => this.usedOf(limited) > max)) return undefined;
    const releases = full.map(([limited]) => this.nextRelease(limited));
    const last = Math.max(...releases.map((release) => release ?? Number.POSITIVE_INFINITY));
    if (full.length === 0) return undefined;
    return Number.isFinite(last) ? Math.ceil((last - this.now) / 1000) : null;
  }

  nextRelease(name: Name): number | null {
    const holds = this.uses.filter(({ status, code }) => status === 'HELD' && isUnder(name, code));
    const ends = holds.map(({ heldUntil }) => heldUntil).filter((end) => end !== null);
    return ends.length > 0 ? Math.min(...ends) : null;
  }

  private usedOf(name: Name): number {
    return this.redeemedOf(name) + this.heldOf(name);
  }
}

export function maxOf(name: Name): number | null {
  return name === 'coupon' ? COUPON_MAX : TERMS[name].max;
}

/** Whether a use of the code counts against the limit with this name. */
export function isUnder(name: Name, code: Code): boolean {
  return name === 'coupon' ? TERMS[code].hasCoupon : name === code;
}

/** The limits of a use: the code's own, and its coupon's. */
function limitsOf(name: Name): [Name, number][] {
  const limited: Name[] = name !== 'coupon' && TERMS[name].hasCoupon ? [name, 'coupon'] : [name];
  return limited.flatMap((one): [Name, number][] => {
    const max = maxOf(one);
    return max === null ? [] : [[one, max]];
  });
}
