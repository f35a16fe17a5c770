/** Everything a sidecar, or a gateway, is told when it starts: parsed once by who starts it, never read again from elsewhere. */
import type { Log, LogLevel } from '../adapters/telemetry/log.ts';
import type { TlsPaths } from '../adapters/tls/files.ts';
import type { AgentKind } from '../core/agents/agent.ts';
import type { ProviderSpec, WireId } from '../core/policy/provider.ts';
import type { Workload } from '../core/policy/snapshot.ts';
import type { Times } from './times.ts';

export interface CommonConfig {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** undefined: no metrics and health; 0: any free port. */
  readonly metricsPort: number | undefined;
  readonly stateFolder: string;
  /** Age from which on records are removed, ms; left out: they are kept. */
  readonly keepMs?: number | undefined;
  /** Folder or file of policies; undefined: the built-in ones. */
  readonly policies: string | undefined;
  /** The ToolProfile of callers who name none. */
  readonly profile: string | undefined;
  readonly logLevel: LogLevel;
  /** How long running replies may go on when the sidecar stops, ms. */
  readonly graceMs: number;
  /** Environment in which provider keys are found. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** For rehearsals: every provider is this one instead. */
  readonly instead: { readonly url: string; readonly key: string } | undefined;
  /** How it was started, for the audit log; without arguments, which may hold secrets. */
  readonly command: string;
  /** Where it says what happens; left out: stderr. */
  readonly log?: Log;
  /** Times that are not the usual ones. */
  readonly times?: Partial<Times>;
}

/** Of a sidecar: one agent calls. */
export interface SidecarConfig extends CommonConfig {
  /** The key that the agent must show. */
  readonly key: string;
  readonly workload: Workload;
  readonly session: string;
  readonly agent: AgentKind | undefined;
}

/** Of `serve`: whoever has a key of the state folder calls. */
export interface GatewayConfig extends CommonConfig {
  /** Names by which it is called beside addresses: what a Host header may say, in lower case, without a port. */
  readonly allowedHosts: readonly string[];
  /** Undefined: plain HTTP. */
  readonly tls: TlsPaths | undefined;
}

/** Variables in which the wires' own SDKs look for a key. */
const KEY_VARIABLES: Readonly<Record<WireId, string>> = {
  'anthropic-messages': 'ANTHROPIC_API_KEY',
  'openai-chat': 'OPENAI_API_KEY',
  'openai-responses': 'OPENAI_API_KEY',
  'openai-embeddings': 'OPENAI_API_KEY',
};

/** @returns the variable that holds a provider's key */
export function credentialVariable({ auth, wires }: ProviderSpec): string {
  return auth.env ?? KEY_VARIABLES[wires[0] ?? 'anthropic-messages'];
}
