/** The environment of a governed command: its own, with the sidecar where its provider was. */
import type { AgentKind } from '../core/agents/agent.ts';
import { baseUrls } from '../core/agents/base-urls.ts';
import type { Budget } from '../core/policy/budget.ts';
import type { ProviderSpec } from '../core/policy/provider.ts';
import { credentialVariable } from '../sidecar/config.ts';

type Environment = Record<string, string | undefined>;

export interface Governed {
  /** The sidecar's base URL, without /v1. */
  readonly url: string;
  /** The dummy key. */
  readonly key: string;
  readonly agent: AgentKind;
  readonly providers: readonly ProviderSpec[];
  readonly budgets: readonly Pick<Budget, 'webhook'>[];
}

/** Variables through which agents and SDKs take a credential. */
const CREDENTIALS = [
  ...['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'CLAUDE_CODE_OAUTH_TOKEN'],
  ...['OPENAI_API_KEY', 'OPENAI_ADMIN_KEY', 'CODEX_API_KEY', 'CODEX_ACCESS_TOKEN'],
];

/** What signs warnings, also those of policies that are for others: an agent that had it could make up warnings. */
const SIGNING_SECRET = 'TOLLGATE_WEBHOOK_SECRET';

/** @returns a new environment; provider keys and signing secrets are not in it */
export function governedEnvironment(own: Environment, governed: Governed): Environment {
  const { url, key, agent, providers, budgets } = governed;
  const env = withoutNpm(own);
  const secrets = [SIGNING_SECRET, ...budgets.flatMap(({ webhook }) => webhook?.secretEnv ?? [])];
  for (const name of [...CREDENTIALS, ...providers.map(credentialVariable), ...secrets]) delete env[name];
  Object.assign(env, baseUrls({ url, key }));
  env[agent.keyVariable] = key;
  Object.assign(env, agent.environment({ url, key }));
  keepLocal(env);
  return env;
}

/** Started through npm, we have its variables and its folders in PATH; the command must not. */
function withoutNpm(own: Environment): Environment {
  const env: Environment = {};
  for (const [name, value] of Object.entries(own)) if (!name.startsWith('npm_')) env[name] = value;
  if (own.npm_lifecycle_event === undefined) return env;
  delete env.INIT_CWD;
  env.PATH = (own.PATH ?? '')
    .split(':')
    .filter((folder) => !/(^|\/)node_modules\/\.bin$|\/node-gyp-bin$/.test(folder))
    .join(':');
  return env;
}

/** Several agents would take the sidecar's address through the user's proxy. */
function keepLocal(env: Environment): void {
  const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy'];
  if (!proxies.some((name) => env[name])) return;
  for (const name of ['NO_PROXY', 'no_proxy']) {
    env[name] = [env[name], '127.0.0.1', 'localhost'].filter(Boolean).join(',');
  }
}
