/** A queue in which groups of items take turns, so that a group with many items does not delay the others. */
export class RoundRobin<Item> {
  readonly #items = new Map<string, Item[]>();

  get isEmpty(): boolean {
    return this.#items.size === 0;
  }

  add(group: string, item: Item): void {
    const others = this.#items.get(group);
    if (others) others.push(item);
    else this.#items.set(group, [item]);
  }

  /** Removes and returns the first item of the next group; undefined: the queue is empty. */
  next(): Item | undefined {
    const [first] = this.#items;
    if (!first) return undefined;
    const [group, items] = first;
    const item = items.shift();
    // A Map keeps insertion order: the group moves to the end.
    this.#items.delete(group);
    if (items.length > 0) this.#items.set(group, items);
    return item;
  }
}
