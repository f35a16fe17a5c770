/** How long something may take: a timer and an outer signal in one, which leave nothing behind. */

export class Deadline {
  readonly #abort = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #outer: AbortSignal | undefined;
  #over: 'timeout' | 'stopped' | undefined;

  constructor(ms: number, outer: AbortSignal | undefined) {
    this.#outer = outer;
    this.#timer = setTimeout(() => this.#end('timeout'), ms);
    outer?.addEventListener('abort', this.#stop, { once: true });
    if (outer?.aborted) this.#stop();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Why it is over, if it is. */
  get over(): 'timeout' | 'stopped' | undefined {
    return this.#over;
  }

  /** From the beginning again. */
  again(): void {
    if (this.#over === undefined) this.#timer.refresh();
  }

  done(): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener('abort', this.#stop);
  }

  readonly #stop = () => this.#end('stopped');

  #end(why: 'timeout' | 'stopped'): void {
    this.done();
    this.#over ??= why;
    this.#abort.abort();
  }
}

/** Waits; sooner if the signal says so. Never throws. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted || ms <= 0) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}
