/** A machine whose clock tests set, with processes that make calls and prune what is old. */
import { cpSync, readdirSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { TestContext } from 'node:test';
import type { Finding } from '../../core/audit/finding.ts';
import type { LimitCheck } from '../../core/ledger/checks.ts';
import { closedDraft, limitOf, requestFor, SMALL } from '../testing-drafts.ts';
import { type PruneReport, prune } from './prune.ts';
import { statePaths } from './state.ts';
import { type OpenLedger, openLedger, temporaryFolder } from './testing.ts';
import { tamper } from './testing-log.ts';
import { verifyDatabase } from './verify.ts';

export const DAY = 86_400_000;
export const START = Date.UTC(2026, 0, 1);
export const SETTLED = { outcome: 'settled', amounts: SMALL } as const;

/** A state folder with a clock that tests set. */
export class Machine {
  readonly folder: string;
  now = START;

  constructor(t: Pick<TestContext, 'after'>) {
    this.folder = temporaryFolder(t);
  }

  open(chain: string): Promise<OpenLedger> {
    return openLedger(this.folder, { chain, clock: () => this.now });
  }

  /** One process that makes calls, a millisecond apart, and ends. */
  async process(chain: string, calls: number, session = 's1'): Promise<void> {
    const { ledger } = await this.open(chain);
    for (let i = 0; i < calls; i++) await this.call(ledger, `${chain}-${i}`, session);
    await ledger.stop();
  }

  async call(
    ledger: OpenLedger['ledger'],
    lease: string,
    session = 's1',
    limits: LimitCheck[] = [limitOf(1e9)],
    content?: { envelope: string; messages: string | null },
  ): Promise<void> {
    const call = { lease, session, at: this.now, limits, ...(content ? { content } : {}) };
    await ledger.reserve(requestFor(call));
    this.now++;
    await ledger.settle(lease, SETTLED, closedDraft({ ...call, at: this.now }, SETTLED));
  }

  async prune(chain: string, before: number): Promise<PruneReport> {
    const open = await this.open(chain);
    try {
      return await prune({ ...open, before, now: this.now });
    } finally {
      await open.ledger.stop();
    }
  }

  findings(folder = this.folder): readonly Finding[] {
    return verifyDatabase({ ...statePaths(folder), now: this.now }).findings;
  }

  found(folder = this.folder): string[] {
    return this.findings(folder).map(({ kind, note, chain, seq }) =>
      note ? `(${kind})` : `${kind} ${chain} ${seq}`,
    );
  }

  ends(): string[] {
    return readdirSync(statePaths(this.folder).ends).sort();
  }
}

/** A copy of a machine's folder in which somebody has changed something. */
export function tampered(
  t: Pick<TestContext, 'after'>,
  machine: Machine,
  change: (db: DatabaseSync) => void,
): string {
  const folder = temporaryFolder(t);
  cpSync(machine.folder, folder, { recursive: true });
  tamper(folder, change);
  return folder;
}
