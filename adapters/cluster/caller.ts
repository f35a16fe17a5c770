/** Who a sidecar is, and for whom it asks: found out from its token, once, and kept while its pod is there. */
import type { AgentKind } from '../../core/agents/agent.ts';
import type { Payer } from '../../core/ledger/checks.ts';

export interface SidecarCaller {
  readonly pod: { readonly namespace: string; readonly name: string; readonly uid: string };
  readonly serviceAccount: string;
  readonly payer: Payer;
  /** The AgentRunner that the pod is of. */
  readonly runner: string | undefined;
  readonly agent: AgentKind | undefined;
  /** The ToolProfile that the pod asks for. */
  readonly profile: string | undefined;
}
