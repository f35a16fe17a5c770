/** Step 6: what a reply cost, and so what becomes of its reservation. */
import type { Call } from '../../core/govern/call.ts';
import type { Amounts } from '../../core/ledger/fit.ts';
import { costOf, type Usage } from '../../core/money/price.ts';
import type { Grant, Settlement } from '../../core/ports.ts';

/** @returns the real amounts, or a charge in full when they are not known */
export function settlementOf(call: Call, grant: Grant, usage: Usage | undefined): Settlement {
  const { requests } = grant.amounts;
  if (!call.view.endpoint.billed) return { outcome: 'settled', amounts: { usd: 0, tokens: 0, requests } };
  if (usage === undefined) return { outcome: 'charged' };
  const usd = costIfKnown(call, usage);
  if (usd === undefined) return { outcome: 'charged' };
  return { outcome: 'settled', amounts: { usd, tokens: tokensOf(usage), requests } };
}

/** @returns nano-USD; 0 for a model without a price (limits in USD refuse such); undefined when it can't be told */
function costIfKnown({ price }: Call, usage: Usage): number | undefined {
  if (price === undefined) return 0;
  try {
    return costOf(usage, price);
  } catch {
    // The provider reports something that has no price, such as searches of its own.
    return undefined;
  }
}

function tokensOf(usage: Usage): number {
  return (
    usage.inputTokens +
    usage.outputTokens +
    usage.cacheReadTokens +
    usage.cacheWrite5mTokens +
    usage.cacheWrite1hTokens +
    (usage.inputAudioTokens ?? 0)
  );
}

/** What a lease is charged in the end. */
export function amountsOf(settlement: Settlement, grant: Grant): Amounts {
  switch (settlement.outcome) {
    case 'settled':
      return settlement.amounts;
    case 'charged':
      return grant.amounts;
    case 'released':
      return { usd: 0, tokens: 0, requests: 0 };
  }
}
