/** What a ToolProfile's tier sets where the profile itself is silent. */
import type { Opened, Phase } from '../egress/judge.ts';
import type { ToolProfile } from './types.generated.ts';

export type Tier = ToolProfile['spec']['tier'];

/** Classes of tools, from harmless to far-reaching; `other` is what no table knows and only a name can allow. */
export const TOOL_CLASSES = ['read', 'search', 'browse', 'write', 'shell', 'install', 'other'] as const;
export type ToolClass = (typeof TOOL_CLASSES)[number];

export interface TierDefaults {
  readonly classes: readonly ToolClass[];
  readonly unknownFields: 'refuse' | 'record';
  /** Nobody gets `full` but by name. */
  readonly network: Readonly<Record<Phase, Opened['access']>>;
}

const BY_LIST = { setup: 'allowlist', work: 'allowlist', teardown: 'allowlist' } as const;

export const TIERS: Readonly<Record<Tier, TierDefaults>> = {
  locked: {
    classes: ['read', 'search'],
    unknownFields: 'refuse',
    network: { ...BY_LIST, work: 'local' },
  },
  web_automation: {
    classes: ['read', 'search', 'browse'],
    unknownFields: 'refuse',
    network: BY_LIST,
  },
  full_vm_tools: {
    classes: ['read', 'search', 'browse', 'write', 'shell', 'install'],
    unknownFields: 'record',
    network: BY_LIST,
  },
};

export interface NotBuilt {
  readonly code: string;
  /** In a few words. */
  readonly what: string;
  readonly sentence: string;
}

/** What every tier asks for and this release cannot do. It is said at start and stands in every record. */
export const NOT_BUILT: readonly NotBuilt[] = [
  {
    code: 'data',
    what: 'scanning for PII and secrets',
    sentence: 'PII and secrets are not scanned for: this release has no such stage',
  },
  {
    code: 'security',
    what: 'scanning for injections',
    sentence: 'injections and exfiltration are not scanned for: this release has no such stage',
  },
  {
    code: 'approval',
    what: 'approval by a person',
    sentence: 'nothing is held for a person to approve: this release has no such stage',
  },
  {
    code: 'capabilities',
    what: 'provider capabilities such as web search',
    sentence:
      'provider capabilities (web search, code execution, MCP, files) are off in every tier of this release',
  },
];
