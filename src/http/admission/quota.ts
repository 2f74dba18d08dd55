/**
 * Divides something scarce (bytes, requests, connections, subscriptions): `total` of it in all, and `each` for every
 * share, which is a caller or an address. So one of them cannot take what the others need.
 */
export class Quota {
  readonly #limits: { total: number; each: number };
  readonly #taken = new Map<string, number>();
  #total = 0;

  constructor(limits: { total: number; each: number }) {
    this.#limits = limits;
  }

  /** How much is taken in all. */
  get taken(): number {
    return this.#total;
  }

  takenBy(share: string): number {
    return this.#taken.get(share) ?? 0;
  }

  /** Takes an amount for a share. False, and nothing is taken: too little is left. */
  take(share: string, amount: number): boolean {
    const taken = this.takenBy(share) + amount;
    if (taken > this.#limits.each || this.#total + amount > this.#limits.total) return false;
    this.#taken.set(share, taken);
    this.#total += amount;
    return true;
  }

  give(share: string, amount: number): void {
    const left = this.takenBy(share) - amount;
    if (left > 0) this.#taken.set(share, left);
    else this.#taken.delete(share);
    this.#total -= amount;
  }
}
