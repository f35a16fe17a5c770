/**
 * Tells webhooks of warnings.
 *
 *   crossing recorded ──wake──┐
 *   timer, also for rows of ──┴──> claim ──> post ──┬── 2xx ──> delivered
 *   processes that have gone                        ├── 410, 24 hours ──> given up
 *                                                   └── else ──> due again, later each time
 *
 * No exchange waits for it. All writes go through the ledger's batches.
 */
import type { Delivery, WarningOutbox } from '../../adapters/sqlite/warning-outbox.ts';
import type { Log } from '../../adapters/telemetry/log.ts';
import { post } from '../../adapters/webhooks/post.ts';
import type { Target } from '../../adapters/webhooks/target.ts';
import { GIVE_UP_AFTER_MS, retryAfter } from '../../core/ledger/warnings.ts';
import type { Clock } from '../../core/ports.ts';
import type { Times } from '../times.ts';

export interface SenderOptions {
  readonly outbox: WarningOutbox;
  readonly log: Log;
  readonly clock: Clock;
  readonly times: Times;
  /** Where warnings can be sent from here now, by policy. */
  readonly targets: () => ReadonlyMap<string, Target>;
}

/** Warnings that are under way at the same time. */
const MOST_AT_ONCE = 8;
/** A row that could not be claimed must not be asked for all the time. */
const LEAST_WAIT_MS = 50;

export class WebhookSender {
  readonly #options: SenderOptions;
  readonly #sending = new Set<Promise<void>>();
  readonly #broken = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #again = false;
  #stopping = false;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** There may be something to send. */
  wake(): void {
    if (this.#broken.signal.aborted) return;
    if (this.#round) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#round = this.#send().finally(() => {
      this.#round = undefined;
      if (this.#again) {
        this.#again = false;
        this.wake();
      } else this.#waitForNext();
    });
  }

  /** Sends what is due, waits a little for the answers, and breaks off what is left: it is due for the next process. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.wake();
    clearTimeout(this.#timer);
    const enough = setTimeout(() => this.#broken.abort(), this.#options.times.webhookStop);
    while (this.#round ?? this.#sending.size) await Promise.all([this.#round, ...this.#sending]);
    clearTimeout(enough);
    this.#broken.abort();
  }

  /** Claims what is due and sends it; never rejects. */
  async #send(): Promise<void> {
    const { outbox, clock, times } = this.#options;
    try {
      while (this.#sending.size < MOST_AT_ONCE && !this.#broken.signal.aborted) {
        const { able, next } = this.#due();
        if (next > clock()) return;
        const delivery = await outbox.claim([...able.keys()], times.webhookClaim);
        const target = delivery && able.get(delivery.warning.policy);
        if (!target) return;
        const sent = this.#deliver(delivery, target).finally(() => {
          this.#sending.delete(sent);
          this.wake();
        });
        this.#sending.add(sent);
      }
    } catch (error) {
      this.#cannot(error);
    }
  }

  #waitForNext(): void {
    // Who is sent to calls back by itself.
    if (this.#stopping || this.#sending.size >= MOST_AT_ONCE) return;
    const { clock, times } = this.#options;
    const ms = Math.min(Math.max(this.#due().next - clock(), LEAST_WAIT_MS), times.webhookPoll);
    this.#timer = setTimeout(() => this.wake(), ms).unref();
  }

  /** @returns where can be sent to, and when something is due, epoch ms; Infinity where nothing is. Never throws. */
  #due(): { able: ReadonlyMap<string, Target>; next: number } {
    try {
      const able = this.#options.targets();
      const next = able.size === 0 ? undefined : this.#options.outbox.nextDue([...able.keys()]);
      return { able, next: next ?? Number.POSITIVE_INFINITY };
    } catch (error) {
      this.#cannot(error);
      return { able: new Map(), next: Number.POSITIVE_INFINITY };
    }
  }

  #cannot(error: unknown): void {
    this.#options.log.warn({ error: String(error) }, 'warnings for webhooks cannot be read; trying again');
  }

  /** Never rejects. */
  async #deliver(delivery: Delivery, target: Target): Promise<void> {
    const { outbox, log, clock, times } = this.#options;
    const { warning, attempt } = delivery;
    const said = { limit: warning.limit, percent: warning.percent, host: target.url.host, attempt };
    const giveUp = async (why: string) => {
      await outbox.giveUp(delivery);
      log.error({ ...said, why }, 'a webhook was not told of a warning');
    };
    try {
      if (clock() - warning.at >= GIVE_UP_AFTER_MS) return await giveUp('it was tried for 24 hours');
      const signal = AbortSignal.any([this.#broken.signal, AbortSignal.timeout(times.webhook)]);
      const told = await post(target, warning, signal, clock());
      if (told.how === 'gone') return await giveUp('it answered 410: it wants no more of them');
      if (told.how === 'taken') {
        await outbox.delivered(delivery);
        log.info({ ...said, status: told.status }, 'a webhook was told of a warning');
        return;
      }
      // What was broken off by our end is for the next process, at once.
      const at = clock() + (this.#broken.signal.aborted ? 0 : retryAfter(attempt, Math.random()));
      await outbox.tryAgain(delivery, at);
      const again = new Date(at).toISOString();
      log.warn({ ...said, detail: told.detail, again }, 'a webhook did not take a warning; it is sent again');
    } catch (error) {
      // The claim ends by itself, and then it is sent again: with the same id, should it have been taken.
      log.warn({ ...said, error: String(error) }, 'what came of a warning could not be written');
    }
  }
}
