/** Before a command is run: can its provider be paid at all, and does the command really use the sidecar? */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { AgentKind } from '../core/agents/agent.ts';
import { isClaudeLogin } from '../core/agents/claude-code.ts';
import { REFUSALS } from '../core/govern/refusals.ts';
import type { ProviderSpec } from '../core/policy/provider.ts';
import { credentialVariable } from '../sidecar/config.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** @returns a sentence that says why no call could be made; undefined if some could */
export function credentialProblem(
  providers: readonly ProviderSpec[],
  env: Environment,
  home = homedir(),
): string | undefined {
  const keyed = providers.filter(({ auth }) => auth.type === 'key');
  if (keyed.length < providers.length) return undefined;
  const usable = keyed.filter((provider) => {
    const key = env[credentialVariable(provider)];
    return key !== undefined && key !== '' && !isClaudeLogin(key);
  });
  if (usable.length > 0) return undefined;
  const variables = [...new Set(keyed.map(credentialVariable))].join(' or ');
  const login = loginOf(env, keyed, home);
  if (login === undefined && env.ANTHROPIC_AUTH_TOKEN)
    return `there is a bearer token in ANTHROPIC_AUTH_TOKEN, but no API key: this release calls providers with API keys only. Set ${variables}, or add --rehearsal to try Tollgate without one.`;
  if (login === undefined)
    return `there is no API key: set ${variables}. To try Tollgate without one, add --rehearsal.`;
  const { reason } = REFUSALS.oauth_login;
  return `there is ${login}, but no API key. ${reason} Set ${variables} to an API key, or add --rehearsal to try Tollgate without one.`;
}

function loginOf(env: Environment, keyed: readonly ProviderSpec[], home: string): string | undefined {
  if (env.CLAUDE_CODE_OAUTH_TOKEN) return 'an OAuth login in CLAUDE_CODE_OAUTH_TOKEN';
  const login = ['ANTHROPIC_AUTH_TOKEN', ...keyed.map(credentialVariable)].find((name) =>
    isClaudeLogin(env[name]),
  );
  if (login !== undefined) return `an OAuth login in ${login}`;
  if (existsSync(join(home, '.claude', '.credentials.json'))) return 'an OAuth login of Claude Code';
  return undefined;
}

/**
 * A key belongs to the host that it was made for. Where SDKs take it from `<NAME>_API_KEY`, they take the host from one of
 * these, if it is set (measured for Anthropic's and OpenAI's, see docs/clients; Groq's and others do likewise).
 */
const HOST_VARIABLES = ['_BASE_URL', '_API_BASE', '_API_URL'];

/** @returns a sentence that says why a key here may not be that of a provider which it would be sent to */
export function hostProblem(providers: readonly ProviderSpec[], env: Environment): string | undefined {
  for (const provider of providers) {
    const key = credentialVariable(provider);
    if (provider.auth.type !== 'key' || !env[key]?.trim()) continue;
    const own = new URL(provider.origin).host;
    for (const ending of HOST_VARIABLES) {
      const variable = key.replace(/_API_KEY$/, ending);
      const set = variable === key ? undefined : env[variable]?.trim();
      if (!set) continue;
      const host = URL.parse(set)?.host || 'something that is no URL';
      if (host === own) continue;
      const wires = provider.wires.join(', ');
      return `${variable} sends this machine's calls to ${host}, and ${key} may be that host's key; Tollgate would send it to ${own} (Provider ${provider.name}). Name that host in a Provider manifest (spec.url) for ${wires}, or give Provider ${provider.name} a variable of its own (spec.auth.env), or unset ${variable}.`;
    }
  }
  return undefined;
}

/** @returns a sentence for each variable that would send the agent's calls around the sidecar */
export function bypasses(agent: AgentKind, env: Environment): string[] {
  return Object.entries(agent.bypasses)
    .filter(([name]) => env[name] !== undefined && !['', '0', 'false'].includes(env[name] ?? ''))
    .map(([name, what]) => `${name} is set, which ${what} instead of to Tollgate; unset it`);
}
