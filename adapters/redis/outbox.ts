/**
 * What stands in Redis until somebody has it safe elsewhere: entries for the audit log, and warnings.
 *
 *   reserve, settle, sweep ──(one write with the money)──> stream of the chain ──> read ──> audit sink
 *                                                             └──< acknowledge <── once it is stored there
 *
 * One stream for each process (chain), in the order in which things happened. Several housekeepers may read the same and
 * acknowledge it twice, and after a failover an entry may come again from another server: storing has to be idempotent by
 * kind and lease, where an entry has one, else by chain and id. Linking entries into a hash chain is left
 * to who stores them, as Redis has no SHA-256.
 */
import type { EntryDraft } from '../../core/audit/entry.ts';
import { counterName } from '../../core/ledger/checks.ts';
import type { BudgetWarning } from '../../core/ledger/warnings.ts';
import type { Connection } from './connection.ts';
import { fieldsOf, readEntry } from './opened.ts';

export interface WaitingEntry {
  /** Of the stream: two numbers, ever larger. */
  readonly id: string;
  readonly entry: EntryDraft;
}

export interface WaitingWarning {
  readonly id: string;
  readonly warning: BudgetWarning;
  /** Of several that were reached at once, the highest is the one to send. */
  readonly highest: boolean;
  /** Whether a webhook is to be told. */
  readonly send: boolean;
}

export interface ClaimedWarning extends WaitingWarning {
  /** How often it was handed out, this time included. */
  readonly attempt: number;
}

type Rows = readonly (readonly [id: string, fields: readonly string[]])[];

export class Outbox {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Those that have entries waiting. */
  async chains(): Promise<string[]> {
    return ((await this.#connection.call('chains', [])) as string[]).toSorted();
  }

  /**
   * Entries are handed on when they are 5 s old: until then a reservation that did not get to its replicas is taken back.
   * @param after id of the last one that was read; '' for the first
   * @param which 'all': also younger ones, to count anew
   */
  async entries(chain: string, after: string, most: number, which: 'settled' | 'all' = 'settled') {
    const rows = (await this.#connection.call('entries', [chain, after, most, which])) as Rows;
    return rows.map(([id, fields]): WaitingEntry => ({ id, entry: readEntry(fieldsOf(fields)) }));
  }

  /** They are stored for good elsewhere. */
  async acknowledge(chain: string, ids: readonly string[]): Promise<void> {
    await this.#connection.call('acknowledge', [chain, ...ids]);
  }

  async warnings(most: number): Promise<WaitingWarning[]> {
    const rows = (await this.#connection.call('warnings', [most])) as Rows;
    return rows.map(([id, fields]) => readWarning(id, fieldsOf(fields)));
  }

  /**
   * Hands out the warning that is due first, to one of all who ask.
   * @param forMs for how long nobody else gets it: longer than it takes to tell of it
   * @returns undefined where none is due
   */
  async claimWarning(forMs: number): Promise<ClaimedWarning | undefined> {
    for (;;) {
      const answer = (await this.#connection.call('claim_warning', [forMs])) as readonly unknown[];
      const [kind, tries, id, fields] = answer;
      if (kind === 'gone') continue;
      if (kind !== 'claimed') return undefined;
      return { ...readWarning(String(id), fieldsOf(fields as string[])), attempt: Number(tries) };
    }
  }

  /** It is due again in so many ms. Does nothing when the claim was over and another has it. */
  async postponeWarning({ id, attempt }: ClaimedWarning, ms: number): Promise<void> {
    await this.#connection.call('postpone_warning', [id, attempt, ms]);
  }

  async acknowledgeWarnings(ids: readonly string[]): Promise<void> {
    await this.#connection.call('acknowledge_warnings', ids);
  }
}

function readWarning(id: string, fields: ReadonlyMap<string, string>): WaitingWarning {
  const name = counterName(fields.get('counter') ?? '');
  const number = (field: string) => Number(fields.get(field));
  const warning: BudgetWarning = {
    policy: name.limit.slice(0, name.limit.lastIndexOf('/')),
    ...name,
    percent: number('percent'),
    spent: number('spent'),
    amount: number('amount'),
    resetsAt: fields.get('resets') ? number('resets') : null,
    at: number('at'),
    workload: fields.get('workload') ?? '',
    session: fields.get('session') ?? '',
  };
  return { id, warning, highest: fields.get('highest') === '1', send: fields.get('send') === '1' };
}
