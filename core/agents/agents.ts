/** The table of agents, and how a caller is recognised. */
import type { ToolClass } from '../policy/tiers.ts';
import type { AgentKind } from './agent.ts';
import { claudeCode } from './claude-code.ts';
import { codex } from './codex.ts';
import { crewai } from './crewai.ts';
import { openclaw } from './openclaw.ts';
import { opencode } from './opencode.ts';

/** Any program on an SDK or on plain HTTP: it gets refusals as errors, and its tools have names of its own. */
export const sdk: AgentKind = {
  id: 'sdk',
  commands: [],
  userAgent: /^$/,
  refusal: 'status',
  keyVariable: 'ANTHROPIC_API_KEY',
  environment: () => ({}),
  bypasses: {},
  tools: new Map(),
  defaultModels: [],
};

export const AGENTS: readonly AgentKind[] = [claudeCode, codex, opencode, openclaw, crewai];

/** @param command path or name of the program that `run` starts */
export function agentOfCommand(command: string): AgentKind | undefined {
  const base = command.replace(/^.*[/\\]/, '');
  return AGENTS.find(({ commands }) => commands.includes(base));
}

/** @param id as records have it; @returns undefined for one that is not in the table */
export function agentNamed(id: string): AgentKind | undefined {
  return [...AGENTS, sdk].find((agent) => agent.id === id);
}

/** Recognised by the command that was started, else by the user agent. */
export function agentOf(started: AgentKind | undefined, userAgent: string | undefined): AgentKind {
  return started ?? AGENTS.find((agent) => agent.userAgent.test(userAgent ?? '')) ?? sdk;
}

/** @returns the tool's class in the agent's table; `other` for what it has not */
export function classOf(agent: AgentKind, tool: string): ToolClass {
  return agent.tools.get(tool) ?? 'other';
}
