/** An iterator that can be looked into ahead of where it stands. */
export class Lookahead<T> {
  readonly #source: Iterator<T>;
  #ahead: T[] = [];
  /** How many of #ahead have been taken: shifting an array for each would cost more than what is done with them. */
  #taken = 0;

  constructor(source: Iterator<T>) {
    this.#source = source;
  }

  /** @returns the item `distance` after the next one; undefined beyond the end */
  peek(distance = 0): T | undefined {
    while (this.#taken + distance >= this.#ahead.length) {
      const next = this.#source.next();
      if (next.done) return undefined;
      this.#ahead.push(next.value);
    }
    return this.#ahead[this.#taken + distance];
  }

  /** Takes the next `count` items, or as many as there are. */
  take(count = 1): T[] {
    this.peek(count - 1);
    const items = this.#ahead.slice(this.#taken, this.#taken + count);
    this.#taken += items.length;
    if (this.#taken > 1000 || this.#taken === this.#ahead.length) {
      this.#ahead = this.#ahead.slice(this.#taken);
      this.#taken = 0;
    }
    return items;
  }
}
