/** Items that wait by key. The keys take turns, so that one with many items does not keep the others waiting. */
export class RoundRobin<Item> {
  readonly #items = new Map<string, Item[]>();

  get isEmpty(): boolean {
    return this.#items.size === 0;
  }

  add(key: string, item: Item): void {
    const others = this.#items.get(key);
    if (others) others.push(item);
    else this.#items.set(key, [item]);
  }

  /** Takes the first item of the key whose turn it is; undefined: none waits. */
  next(): Item | undefined {
    const [first] = this.#items;
    if (!first) return undefined;
    const [key, items] = first;
    const item = items.shift();
    // The key's next item comes after those of all other keys.
    this.#items.delete(key);
    if (items.length > 0) this.#items.set(key, items);
    return item;
  }
}
