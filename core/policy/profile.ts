/** ToolProfile → what the model-and-tools stage asks, and what the network opens. */
import type { Opened } from '../egress/judge.ts';
import { type Condition, compileCondition } from './condition.ts';
import { anyGlob, compileGlob, type Glob } from './glob.ts';
import { compileNetwork, type Networks } from './network.ts';
import { TIERS, type Tier, type ToolClass } from './tiers.ts';
import type { ToolProfile } from './types.generated.ts';

export interface ToolRule {
  readonly pattern: string;
  readonly matches: Glob;
  readonly when?: Condition;
  readonly reason?: string;
}

export interface Profile {
  readonly name: string;
  readonly enforce: boolean;
  readonly tier: Tier;
  readonly classes: ReadonlySet<ToolClass>;
  /** Who says so: the profile itself, or its tier. */
  readonly classesBy: 'profile' | 'tier';
  readonly allow: readonly ToolRule[];
  readonly deny: readonly ToolRule[];
  /** Patterns of models that may be called; undefined: all. */
  readonly models?: { readonly patterns: readonly string[]; readonly matches: Glob };
  readonly aliases: ReadonlyMap<string, string>;
  readonly routes: readonly { readonly pattern: string; readonly matches: Glob; readonly provider: string }[];
  readonly fallbacks: readonly { readonly matches: Glob; readonly to: readonly string[] }[];
  readonly maxOutputTokens?: number;
  readonly defaultOutputTokens: number;
  readonly unknownFields: 'refuse' | 'record';
  readonly unknownBetas: 'remove' | 'refuse';
  readonly content: 'none' | 'full';
  /** What each phase may reach, as far as this profile goes. */
  readonly network: Networks<Opened>;
}

/**
 * @param manifest valid, with its defaults filled in
 * @throws Error for a condition or a host that does not compile: validation refuses those before
 */
export function compileProfile({ metadata, spec }: ToolProfile): Profile {
  const { tools, models } = spec;
  const tier = TIERS[spec.tier];
  return {
    name: metadata.name,
    enforce: spec.enforce,
    tier: spec.tier,
    classes: new Set(tools.classes ?? tier.classes),
    classesBy: tools.classes === undefined ? 'tier' : 'profile',
    allow: tools.allow.map(compileRule),
    deny: tools.deny.map(compileRule),
    ...(models.allow === undefined
      ? {}
      : { models: { patterns: models.allow, matches: anyGlob(models.allow) } }),
    aliases: new Map(models.aliases.map(({ name, model }) => [name, model])),
    routes: models.routes.map(({ model, provider }) => ({
      pattern: model,
      matches: compileGlob(model),
      provider,
    })),
    fallbacks: models.fallbacks.map(({ model, to }) => ({ matches: compileGlob(model), to })),
    ...(models.maxOutputTokens === undefined ? {} : { maxOutputTokens: models.maxOutputTokens }),
    defaultOutputTokens: models.defaultOutputTokens,
    unknownFields: spec.unknownFields ?? tier.unknownFields,
    unknownBetas: spec.unknownBetas,
    content: spec.audit.content,
    network: compileNetwork(spec),
  };
}

function compileRule(rule: { name: string; when?: string; reason?: string }): ToolRule {
  const when = rule.when === undefined ? undefined : compileCondition(rule.when);
  // Manifests are validated before they are compiled, conditions included.
  if (when && 'error' in when) throw new Error(`condition ${rule.when}: ${when.error}`);
  return {
    pattern: rule.name,
    matches: compileGlob(rule.name),
    ...(when === undefined ? {} : { when }),
    ...(rule.reason === undefined ? {} : { reason: rule.reason }),
  };
}
