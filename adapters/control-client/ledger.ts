/**
 * The ledger of a cluster as its sidecars see it: control reserves, and the sidecar's own chain says what happened.
 *
 *   reserve ──> control ──> permit ──> `opened` ──┐
 *   settle, record ───────────────> entry ────────┴──> chain ──> spool ──> control, which settles by what it reads
 *
 * Only reserving waits for control. Everything else is done when it stands in the spool.
 */

import {
  type ExtendMessage,
  PATHS,
  type ReserveAnswer,
  type ReserveMessage,
  type SessionAnswer,
  type SessionMessage,
} from '../../control-api/messages.ts';
import { advance, type ChainState, link, newChain } from '../../core/audit/chain.ts';
import type { ChainEnd, EntryDraft } from '../../core/audit/entry.ts';
import { NOTHING } from '../../core/ledger/fit.ts';
import {
  type Clock,
  type Contents,
  type Ledger,
  LedgerUnavailable,
  type Reservation,
  type ReserveRequest,
  type Settlement,
} from '../../core/ports.ts';
import { newSessionKey } from '../contents/sealing.ts';
import { SessionContents } from '../contents/session.ts';
import { type ControlConnection, ControlRefused } from './connection.ts';
import { Pump } from './pump.ts';
import { SealedContents } from './sealed.ts';
import type { Spool } from './spool.ts';

export interface RemoteLedgerOptions {
  readonly connection: Pick<ControlConnection, 'post'>;
  readonly spool: Spool;
  /** Id of the chain that this process writes. */
  readonly chain: string;
  readonly clock: Clock;
  /** Control will not take what it was sent: records stay here. */
  onRefused(error: ControlRefused): void;
}

export class RemoteLedger implements Ledger {
  readonly #options: RemoteLedgerOptions;
  readonly #pump: Pump;
  /** What was said, until the next entry is written. */
  readonly #sealed = new SealedContents();
  readonly #contents = new Set<SessionContents>();
  /** Proofs of leases that have not ended. */
  readonly #proofs = new Map<string, string>();
  #chain: ChainState;

  constructor(options: RemoteLedgerOptions) {
    const { connection, spool, chain, onRefused } = options;
    this.#options = options;
    this.#chain = newChain(chain);
    const onErased = () => {
      for (const contents of this.#contents) contents.forget();
    };
    this.#pump = new Pump({ connection, spool, onRefused, onErased });
  }

  /** Begins the chain. @throws LedgerUnavailable when it can't be kept */
  start(facts: { version: string; command: string; predecessor: ChainEnd | null }): void {
    this.#append({ kind: 'started', at: this.#options.clock(), ...facts });
  }

  async reserve({ lease, bound, opened }: ReserveRequest): Promise<Reservation> {
    const draft = opened({ lease, cap: 0, amounts: NOTHING, over: [] });
    const message: ReserveMessage = { lease, bound, snapshot: draft.snapshot, opened: draft };
    const answer = (await this.#post(PATHS.reserve, message)) as ReserveAnswer;
    if ('refused' in answer) return { refused: received(answer.refused) };
    if ('stale' in answer) throw new LedgerUnavailable('the policy changes just now');
    const { granted, counted, closedProof } = answer;
    try {
      this.#append({ ...opened(granted), ...counted });
      this.#proofs.set(lease, closedProof);
    } catch (error) {
      // Without its record the call is not made; what was reserved for it expires.
      if (error instanceof LedgerUnavailable) throw error;
      throw new LedgerUnavailable(`the call could not be recorded: ${(error as Error).message}`);
    }
    return { granted };
  }

  /** The entry says how its lease ended, and control settles it by that. */
  async settle(lease: string, _settlement: Settlement, closed: EntryDraft): Promise<void> {
    const proof = this.#proofs.get(lease);
    const proved = proof === undefined ? closed : ({ ...closed, proof } as EntryDraft);
    this.#append({ ...proved, at: this.#options.clock() });
    this.#proofs.delete(lease);
  }

  async extend(leases: readonly string[]): Promise<void> {
    const message: ExtendMessage = { leases };
    await this.#post(PATHS.extend, message);
  }

  async record(entry: EntryDraft): Promise<void> {
    this.#append(entry);
  }

  /** Of the session that control knows this sidecar by. Its key stays in memory. */
  async openContents(session: string): Promise<Contents> {
    const message: SessionMessage = { chain: this.#chain.chain };
    const answer = (await this.#post(PATHS.session, message)) as SessionAnswer;
    // How its key stands wrapped in the database is control's matter.
    const [key, wrapped] =
      'key' in answer ? [Buffer.from(answer.key, 'base64'), Buffer.alloc(0)] : [newSessionKey(), undefined];
    const contents = new SessionContents(session, key, wrapped, (row) => this.#sealed.add(row));
    this.#contents.add(contents);
    return contents;
  }

  /** Where this process' chain stands. */
  get end(): ChainEnd {
    return this.#chain;
  }

  /** Ends the chain; what control has not taken after `ms` stays in the spool. */
  async stop(ms: number): Promise<void> {
    try {
      this.#append({ kind: 'stopped', at: this.#options.clock() });
    } finally {
      await this.#pump.stop(ms);
    }
  }

  #append(draft: EntryDraft): void {
    const entry = link(this.#chain, draft);
    const { spool } = this.#options;
    this.#sealed.write((part) => spool.keep(this.#chain.chain, part));
    spool.append(this.#chain.chain, entry);
    this.#chain = advance(this.#chain, entry);
    this.#pump.kick();
  }

  async #post(path: string, message: unknown): Promise<unknown> {
    try {
      return await this.#options.connection.post(path, message);
    } catch (error) {
      if (error instanceof ControlRefused) throw new LedgerUnavailable(error.message);
      throw error;
    }
  }
}

type Refused = Extract<ReserveAnswer, { refused: unknown }>['refused'];

/** JSON has no Infinity: a limit that never resets comes with null. */
function received(refused: Refused): Refused {
  if (!('limit' in refused)) return refused;
  const { resetsAt } = refused.limit as { readonly resetsAt?: number | null };
  if (resetsAt !== null) return refused;
  return { ...refused, limit: { ...refused.limit, resetsAt: Number.POSITIVE_INFINITY } };
}
