/** Who is told of changes. Nobody's error stops the others, or the telling. */
import type { Change } from './store.ts';

export interface Handler<T> {
  add?(object: T): unknown;
  update?(object: T, old: T): unknown;
  /** @param last the last state that is known of it */
  delete?(last: T): unknown;
}

export class Handlers<T> {
  readonly #all: Handler<T>[] = [];
  readonly #failed: (error: unknown) => void;
  readonly #stop: AbortSignal;

  /** @param stop once it is aborted nobody is told anything, also not of what had begun */
  constructor(failed: (error: unknown) => void, stop: AbortSignal) {
    this.#failed = failed;
    this.#stop = stop;
  }

  join(handler: Handler<T>, objects: Iterable<T>): void {
    this.#all.push(handler);
    for (const object of [...objects]) this.#call(() => handler.add?.(object));
  }

  tell(changes: readonly Change<T>[]): void {
    // One that joins while this goes on gets all there is by then, and nothing twice.
    const all = [...this.#all];
    for (const change of changes) {
      for (const handler of all) this.#call(() => callOf(handler, change));
    }
  }

  #call(call: () => unknown): void {
    if (this.#stop.aborted) return;
    try {
      const result = call();
      // A rejection that nobody takes ends the process.
      if (result instanceof Promise) result.catch((error: unknown) => this.report(error));
    } catch (error) {
      this.report(error);
    }
  }

  report(error: unknown): void {
    if (this.#stop.aborted) return;
    try {
      this.#failed(error);
    } catch {
      // Whoever is told of errors is the last who may throw one.
    }
  }
}

function callOf<T>(handler: Handler<T>, change: Change<T>): unknown {
  if (change.type === 'add') return handler.add?.(change.object);
  if (change.type === 'update') return handler.update?.(change.object, change.old);
  return handler.delete?.(change.object);
}
