/** Stage 5, model and tools, as far as the reply tells: each tool call, before the agent can run it. */
import { classOf } from '../agents/agents.ts';
import { boundName } from '../audit/bounded.ts';
import type { ToolCallFacts } from '../audit/entry.ts';
import type { JsonValue } from '../json/read.ts';
import type { Profile, ToolRule } from '../policy/profile.ts';
import type { ToolClass } from '../policy/tiers.ts';
import type { ToolJudge, ToolVerdict } from '../wire/wire.ts';
import type { Call } from './call.ts';
import { refusal, refusalText } from './refusals.ts';

/** allow; deny, and why; or undefined when that depends on arguments that are not there yet. */
type Decision = 'allow' | { readonly why: string } | undefined;

/** What is not known yet, as against null, which may be an argument. */
const LATER = Symbol('arguments come later');

export class CallJudge implements ToolJudge {
  readonly #call: Call;
  readonly #requestId: string;
  /** Every call of the reply, in order, its name cut as in bounded.ts. */
  readonly calls: ToolCallFacts[] = [];

  constructor(call: Call, requestId: string) {
    this.#call = call;
    this.#requestId = requestId;
  }

  byName(name: string): ToolVerdict | undefined {
    return this.#judge(name, LATER);
  }

  byArgs(name: string, args: JsonValue): ToolVerdict {
    return this.#judge(name, args) ?? { allow: true };
  }

  /** Denied by each profile that needs to look at the arguments; those that do not decide as they do by name. */
  unreadable(name: string): ToolVerdict {
    const why =
      'its arguments are not valid JSON, or have a key twice or a number that programs read differently';
    const decisions = this.#call.snapshot.profiles.map((profile) => ({
      profile,
      decision: this.#decide(profile, name, LATER) ?? { why },
    }));
    return this.#verdict(name, decisions);
  }

  /** Asks every profile; one that is not enforced is only recorded. */
  #judge(name: string, args: JsonValue | typeof LATER): ToolVerdict | undefined {
    const decisions = this.#call.snapshot.profiles.map((profile) => ({
      profile,
      decision: this.#decide(profile, name, args),
    }));
    const sure = decisions.some(({ profile, decision }) => profile.enforce && isDenial(decision));
    if (!sure && decisions.some(({ decision }) => decision === undefined)) return undefined;
    return this.#verdict(this.#inner(name, args)?.name ?? name, decisions);
  }

  #verdict(name: string, decisions: readonly { profile: Profile; decision: Decision }[]): ToolVerdict {
    const cls = classOf(this.#call.agent, name);
    const denials = decisions.filter(({ decision }) => isDenial(decision));
    const denied = denials.find(({ profile }) => profile.enforce);
    const verdict = denied ? 'deny' : denials.length > 0 ? 'observed' : 'allow';
    this.calls.push({
      name: boundName(name),
      class: cls,
      verdict,
      ...(denials.length > 0 ? { code: 'tool_not_allowed' } : {}),
    });
    if (!denied || !isDenial(denied.decision)) return { allow: true };
    const params = { tool: boundName(name), why: denied.decision.why, profile: denied.profile.name };
    return { allow: false, text: refusalText(refusal('tool_not_allowed', params), this.#requestId) };
  }

  /** @returns the call that a call makes, if it does nothing else and its arguments are there and say so */
  #inner(name: string, args: JsonValue | typeof LATER) {
    const { wrapper } = this.#call.agent;
    return wrapper?.tool === memberOf(name) && args !== LATER ? wrapper.inner(args) : undefined;
  }

  #decide(profile: Profile, name: string, args: JsonValue | typeof LATER): Decision {
    const { wrapper } = this.#call.agent;
    if (wrapper?.tool !== memberOf(name)) return this.#decideCall(profile, name, args);
    // The agent's own wrapper may be denied by name; what it calls has to be allowed.
    const own =
      name === wrapper.tool
        ? this.#decideBy(profile, name, args, true)
        : this.#decideCall(profile, name, args);
    if (own !== 'allow' || args === LATER) return isDenial(own) ? own : undefined;
    const inner = this.#inner(name, args);
    if (inner === undefined)
      return { why: `it has to say which tool it calls, in exactly this form: ${wrapper.form}` };
    return this.#decideCall(profile, inner.name, inner.args);
  }

  #decideCall(profile: Profile, name: string, args: JsonValue | typeof LATER): Decision {
    const decision = this.#decideBy(profile, name, args, false);
    const member = memberOf(name);
    if (member === name || isDenial(decision)) return decision;
    // The member of a toolset. A client that knows no toolsets would run its own tool of that name, if it has one.
    const own = this.#decideBy(profile, member, args, true);
    return own === 'allow' ? decision : own;
  }

  /** @param asMember whether to judge only what the agent has a tool for, or an entry of deny */
  #decideBy(profile: Profile, name: string, args: JsonValue | typeof LATER, asMember: boolean): Decision {
    const cls = classOf(this.#call.agent, name);
    let later = false;
    for (const rule of profile.deny) {
      if (!rule.matches(name)) continue;
      const applies = this.#holds(rule, name, cls, args);
      if (applies === undefined) later = true;
      // A condition that can't be evaluated counts against the agent.
      else if (applies !== false) return { why: denialOf(rule, profile, applies) };
    }
    if (later) return undefined;
    if (profile.classes.has(cls) || (asMember && cls === 'other')) return 'allow';
    let unmet: string | undefined;
    for (const rule of profile.allow) {
      if (!rule.matches(name)) continue;
      const applies = this.#holds(rule, name, cls, args);
      if (applies === undefined) later = true;
      else if (applies === true) return 'allow';
      else unmet ??= unmetOf(rule, profile, applies);
    }
    if (later) return undefined;
    return { why: unmet ?? notAllowed(cls, profile) };
  }

  /** @returns whether the rule's condition holds; undefined when it needs arguments that come later */
  #holds(
    rule: ToolRule,
    tool: string,
    cls: ToolClass,
    args: JsonValue | typeof LATER,
  ): boolean | { error: string } | undefined {
    if (!rule.when) return true;
    if (args === LATER) return undefined;
    const { workload } = this.#call.payer;
    return rule.when.evaluate({ args, tool, class: cls, workload: workload.name, labels: workload.labels });
  }
}

/** @returns the tool's own name, without that of its toolset, plugin or server */
function memberOf(name: string): string {
  return name.replace(/^.*[/:]/s, '');
}

function isDenial(decision: Decision): decision is { why: string } {
  return decision !== undefined && decision !== 'allow';
}

function denialOf(rule: ToolRule, profile: Profile, applies: true | { error: string }): string {
  const name = `the ToolProfile ${profile.name} denies ${rule.pattern}`;
  if (applies === true) return rule.reason ?? (rule.when ? `${name} when ${rule.when.source}` : name);
  // Its reason alone would say that the condition held.
  const failed = `${name}, and its condition could not be evaluated (${applies.error})`;
  return rule.reason === undefined ? failed : `${failed}: ${rule.reason}`;
}

function unmetOf(rule: ToolRule, profile: Profile, applies: false | { error: string }): string {
  const only = `the ToolProfile ${profile.name} allows ${rule.pattern} only when ${rule.when?.source}`;
  return applies === false ? only : `${only}, which could not be evaluated (${applies.error})`;
}

function notAllowed(cls: ToolClass, { name, tier, classesBy }: Profile): string {
  if (cls === 'other') return `tools of unknown class need an entry of allow in the ToolProfile ${name}`;
  return classesBy === 'tier'
    ? `tools of class ${cls} are not allowed in tier ${tier}`
    : `class ${cls} is not one of the classes that the ToolProfile ${name} allows`;
}
