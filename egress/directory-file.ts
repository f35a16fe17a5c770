/** A directory of pods in a JSON file, read anew when it changes: what feeds the gateway where no API server does. */
import { readFileSync, statSync } from 'node:fs';
import { MemoryDirectory, readDirectory } from './directory.ts';

/** How often to look, ms. A pod that is killed or gone has to be cut within a second. */
const LOOK_MS = 200;

export class FileDirectory extends MemoryDirectory {
  readonly #path: string;
  readonly #onError: (error: Error) => void;
  #seen = '';
  #good = false;
  #timer: NodeJS.Timeout | undefined;

  /** @param onError told once for each state of the file that can't be used: the last good one stays, and grows stale */
  constructor(path: string, onError: (error: Error) => void) {
    super();
    this.#path = path;
    this.#onError = onError;
    this.#look();
  }

  start(): void {
    this.#timer = setInterval(() => this.#look(), LOOK_MS).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = this.#fingerprint();
    if (now === this.#seen) {
      if (this.#good) this.heard();
      return;
    }
    this.#seen = now;
    this.#good = false;
    try {
      this.replace(readDirectory(JSON.parse(readFileSync(this.#path, 'utf8'))));
      this.#good = true;
    } catch (error) {
      this.#onError(new Error(`${this.#path} is no directory of pods: ${(error as Error).message}`));
    }
  }

  #fingerprint(): string {
    try {
      const { ino, size, mtimeMs, ctimeMs } = statSync(this.#path);
      return [ino, size, mtimeMs, ctimeMs].join(' ');
    } catch (error) {
      return String(error);
    }
  }
}
