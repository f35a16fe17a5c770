/** Starts, stops and kills sidecars in processes of their own; only ever those. */
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { atEnd, type Scope } from './output.ts';
import type { Answer, Start } from './sidecar-child.ts';

const CHILD = fileURLToPath(import.meta.resolve('./sidecar-child.ts'));

export class SidecarProcess {
  readonly #child: ChildProcess;
  #waiting: ((answer: Answer) => void) | undefined;
  #url = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (answer: Answer) => this.#waiting?.(answer));
    child.on('exit', (code, signal) => this.#waiting?.({ failed: `it ended with ${code ?? signal}` }));
  }

  /** @returns a process that has loaded everything and waits to be told what to start */
  static async fork(t: Scope): Promise<SidecarProcess> {
    const child = fork(CHILD, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [] });
    atEnd(t, () => child.kill('SIGKILL'));
    const process = new SidecarProcess(child);
    await process.#answer();
    return process;
  }

  get url(): string {
    return this.#url;
  }

  async start(options: Start): Promise<void> {
    this.#child.send({ start: options });
    const answer = await this.#answer();
    this.#url = 'url' in answer ? answer.url : '';
  }

  /** Stops its sidecar; another can be started in it. */
  async stop(): Promise<void> {
    this.#child.send('stop');
    await this.#answer();
  }

  /** Ends the process, whose sidecar must have been stopped. */
  async end(): Promise<void> {
    const exit = once(this.#child, 'exit');
    this.#child.disconnect();
    assert.deepEqual(await exit, [0, null]);
  }

  async kill(): Promise<void> {
    this.#waiting = undefined;
    const exit = once(this.#child, 'exit');
    assert.ok(this.#child.kill('SIGKILL'));
    assert.deepEqual(await exit, [null, 'SIGKILL'], 'it ended before it was killed');
  }

  async #answer(): Promise<Answer> {
    const answer = await new Promise<Answer>((resolve) => {
      this.#waiting = resolve;
    });
    if ('failed' in answer) assert.fail(answer.failed);
    return answer;
  }
}
