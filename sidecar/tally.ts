/** What happened in this process, for the summary at its end. The ledger and the audit log are the record. */
import type { Closed } from '../core/audit/entry.ts';

export class Tally {
  exchanges = 0;
  refused = 0;
  faults = 0;
  usd = 0;
  readonly refusals = new Map<string, number>();
  /** Codes of refusals that were only recorded, and names of limits that were exceeded and only record. */
  readonly observed = new Map<string, number>();
  readonly tools = new Map<string, { allowed: number; denied: number }>();

  /** @param observed what would have been refused if everything were enforced */
  add(closed: Closed, fault: boolean, observed: readonly string[] = []): void {
    this.exchanges++;
    this.usd += closed.amounts.usd;
    if (fault) this.faults++;
    else if (closed.verdict === 'deny') this.refused++;
    if (closed.code !== null) increment(this.refusals, closed.code);
    for (const what of observed) increment(this.observed, what);
    for (const { name, verdict, code } of closed.calls) {
      if (verdict === 'observed' && code !== undefined) increment(this.observed, code);
      const tool = this.tools.get(name) ?? { allowed: 0, denied: 0 };
      if (verdict === 'deny') tool.denied++;
      else tool.allowed++;
      this.tools.set(name, tool);
    }
  }

  get deniedCalls(): number {
    return [...this.tools.values()].reduce((sum, { denied }) => sum + denied, 0);
  }
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
