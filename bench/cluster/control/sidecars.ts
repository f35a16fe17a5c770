/** The process with the sidecars' connections, as the measurement sees it. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connect, Order, Reply, Told } from './load.ts';

const LOOK_MS = 100;

export class Sidecars {
  readonly #child = fork(join(import.meta.dirname, 'load.ts'), { execArgv: ['--max-old-space-size=4096'] });
  #asked: Promise<unknown> = Promise.resolve();

  /** @returns seconds until each had its stream and its policy */
  async connect(connect: Connect): Promise<number> {
    mkdirSync(connect.folder, { recursive: true });
    const began = performance.now();
    await this.#ask({ do: 'connect', with: connect });
    return (performance.now() - began) / 1000;
  }

  /** @returns what each was told last, once it holds for all of them. @throws Error after `patienceMs` */
  async until(
    what: string,
    holds: (told: Told, n: number) => boolean,
    patienceMs = 180_000,
  ): Promise<readonly Told[]> {
    for (const end = performance.now() + patienceMs; ; await sleep(LOOK_MS)) {
      const told = await this.#ask({ do: 'tell' });
      const missing = told.filter((one, n) => !holds(one, n)).length;
      if (missing === 0) return told;
      if (performance.now() > end) throw new Error(`${what}: not true of ${missing} sidecars`);
    }
  }

  async disconnect(): Promise<void> {
    await this.#ask({ do: 'end' });
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.#child.kill();
    await once(this.#child, 'exit');
  }

  #ask(order: Order): Promise<readonly Told[]> {
    const answer = this.#asked.then(async () => {
      this.#child.send(order);
      const [reply] = (await once(this.#child, 'message')) as [Reply];
      if ('failed' in reply) throw new Error(reply.failed);
      return reply.told;
    });
    this.#asked = answer.catch(() => undefined);
    return answer;
  }
}
