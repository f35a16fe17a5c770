/** Step 6: what a reply cost, and so what becomes of its reservation. */
import type { Call } from '../../core/govern/call.ts';
import { type Amounts, NOTHING } from '../../core/ledger/fit.ts';
import { costOf, type Usage } from '../../core/money/price.ts';
import type { Grant, Settlement } from '../../core/ports.ts';
import type { ReplyFacts } from '../../core/wire/wire.ts';

/**
 * @returns the real amounts; where they are not known, all that was reserved, or what is known to have been used if that
 * is more
 */
export function settlementOf(
  call: Call,
  grant: Grant,
  { usage, soFar }: Pick<ReplyFacts, 'usage' | 'soFar'>,
): Settlement {
  const { requests } = grant.amounts;
  if (!call.view.endpoint.billed) return { outcome: 'settled', amounts: { usd: 0, tokens: 0, requests } };
  const usd = usage && costIfKnown(call, usage);
  if (usage !== undefined && usd !== undefined) {
    return { outcome: 'settled', amounts: { usd, tokens: tokensOf(usage), requests } };
  }
  // Searches may have no price; what was used beside them has one.
  const least = {
    usd: costIfKnown(call, { ...soFar, webSearches: 0 }) ?? 0,
    tokens: tokensOf(soFar),
    requests,
  };
  if (!exceeds(least, grant)) return { outcome: 'charged' };
  return {
    outcome: 'settled',
    amounts: {
      usd: Math.max(least.usd, grant.amounts.usd),
      tokens: Math.max(least.tokens, grant.amounts.tokens),
      requests,
    },
  };
}

/** @returns the reply's faults, and that of the bound where more is charged than was reserved */
export function withBoundFault(faults: readonly string[], settlement: Settlement, grant: Grant): string[] {
  const outran = exceeds(amountsOf(settlement, grant), grant) && !faults.includes('bound_fault');
  return outran ? [...faults, 'bound_fault'] : [...faults];
}

function exceeds({ usd, tokens }: Amounts, { amounts }: Grant): boolean {
  return usd > amounts.usd || tokens > amounts.tokens;
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
      return NOTHING;
  }
}
