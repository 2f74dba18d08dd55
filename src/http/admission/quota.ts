/**
 * Divides a limited resource (bytes, requests, connections, subscriptions) among its owners, which are callers or
 * addresses. There is `total` of it, and each owner gets at most `perOwner`, so that none can take what the others need.
 */
export class Quota {
  readonly #limits: { total: number; perOwner: number };
  readonly #takenBy = new Map<string, number>();
  #taken = 0;

  constructor(limits: { total: number; perOwner: number }) {
    this.#limits = limits;
  }

  /** The amount that all owners have taken together. */
  get taken(): number {
    return this.#taken;
  }

  takenBy(owner: string): number {
    return this.#takenBy.get(owner) ?? 0;
  }

  /** Takes an amount for an owner. Returns false, and takes nothing, if that would exceed a limit. */
  take(owner: string, amount: number): boolean {
    const taken = this.takenBy(owner) + amount;
    if (taken > this.#limits.perOwner || this.#taken + amount > this.#limits.total) return false;
    this.#takenBy.set(owner, taken);
    this.#taken += amount;
    return true;
  }

  /** Gives an amount back that the owner has taken before. */
  release(owner: string, amount: number): void {
    const remaining = this.takenBy(owner) - amount;
    if (remaining > 0) this.#takenBy.set(owner, remaining);
    else this.#takenBy.delete(owner);
    this.#taken -= amount;
  }
}
