/** What Tollgate has to know about one kind of agent. Facts are measured with the real client; tests run it. */
import type { ToolClass } from '../policy/tiers.ts';

export interface AgentKind {
  readonly id: string;
  /** Base names of commands that are this agent. */
  readonly commands: readonly string[];
  readonly userAgent: RegExp;
  /**
   * How a refusal reaches its user without a retry storm: `message` is status 200 with a normal reply, `status` an
   * error that its client turns into an exception with the text.
   */
  readonly refusal: 'message' | 'status';
  /** The variable in which it takes the dummy key. */
  readonly keyVariable: string;
  /** Variables that make it use a local sidecar, beside the base URL and key that every program gets. */
  readonly environment: Readonly<Record<string, string>>;
  /** Variables that would send its calls around the sidecar, and what each does. */
  readonly bypasses: Readonly<Record<string, string>>;
  /** A header in which it names its own session; kept as a label. */
  readonly sessionHeader?: string;
  readonly tools: ReadonlyMap<string, ToolClass>;
}
