/** What happened in this process, for the summary at its end. The ledger and the audit log are the record. */
import type { Closed } from '../core/audit/entry.ts';

export class Tally {
  exchanges = 0;
  refused = 0;
  faults = 0;
  usd = 0;
  tokens = 0;
  readonly refusals = new Map<string, number>();
  readonly tools = new Map<string, { allowed: number; denied: number }>();

  add(closed: Closed, fault: boolean): void {
    this.exchanges++;
    this.usd += closed.amounts.usd;
    this.tokens += closed.amounts.tokens;
    if (fault) this.faults++;
    else if (closed.verdict === 'deny') this.refused++;
    if (closed.code !== null) this.refusals.set(closed.code, (this.refusals.get(closed.code) ?? 0) + 1);
    for (const { name, verdict } of closed.calls) {
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
