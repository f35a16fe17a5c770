/** What an exchange has at hand. Made by main.ts; who calls is never in it, but an argument of each exchange. */
import type { Log } from '../adapters/telemetry/log.ts';
import type { Metrics } from '../adapters/telemetry/metrics.ts';
import type { AgentKind } from '../core/agents/agent.ts';
import type { Payer } from '../core/ledger/checks.ts';
import type { ProviderSpec } from '../core/policy/provider.ts';
import type { Snapshot } from '../core/policy/snapshot.ts';
import type { Clock, Ledger } from '../core/ports.ts';
import type { OpenContents } from './contents.ts';
import type { RunningLeases } from './leases.ts';
import type { Places } from './places.ts';
import type { Tally } from './tally.ts';
import type { Times } from './times.ts';
import type { ExchangeTraces } from './traces.ts';
import type { Upstreams } from './upstream/upstreams.ts';

export interface Sidecar {
  readonly ledger: Ledger;
  readonly contents: OpenContents;
  readonly upstreams: Upstreams;
  readonly leases: RunningLeases;
  readonly places: Places;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly tally: Tally;
  /** Undefined where nobody wants traces. */
  readonly traces: ExchangeTraces | undefined;
  readonly times: Times;
  /** Aborted when the process ends and nothing is waited for any longer. */
  readonly stopped: AbortSignal;
  /** @returns the provider's key; undefined when there is none */
  credentialOf(provider: ProviderSpec): string | undefined;
  /** @returns the name of the variable that a missing key is expected in */
  credentialVariable(provider: ProviderSpec): string;
}

/** Who calls; the same object for each call, so that what is found out for it once can be kept by it. */
export interface Identity {
  readonly payer: Payer;
  /** The agent that was started, if that is known; otherwise its user agent tells. */
  readonly agent: AgentKind | undefined;
  /** The ToolProfile to use; left out: the one for all. */
  readonly profile?: string | undefined;
  readonly limits?: CallerLimits;
}

/** What a key of `serve` allows at most. */
export interface CallerLimits {
  /** Calls at the same time. */
  readonly concurrent?: number;
  /** Bytes of one request, as it was sent and as it was decoded. */
  readonly requestBytes?: number;
}

/** Who makes this call, and the policy for it: taken once, one that changes meanwhile is for later calls. */
export interface Caller extends Identity {
  readonly snapshot: Snapshot;
}
