/** OpenClaw, measured with 2026.9.6. It reads no base URL from variables, and prefers keys that it has stored. */
import { isObject } from '../json/read.ts';
import {
  type AgentKind,
  around,
  options,
  type RunConfig,
  type SidecarAddress,
  toolTable,
  type Wrapper,
} from './agent.ts';

/**
 * The providers of its configuration. `request.auth` wins over stored keys and logins; `api` is for models that it does
 * not know, which it would call as OpenAI's chat otherwise.
 */
function providers({ url, key }: SidecarAddress) {
  const bearer = { mode: 'authorization-bearer', token: key };
  const header = { mode: 'header', headerName: 'x-api-key', value: key };
  return {
    anthropic: { api: 'anthropic-messages', baseUrl: url, apiKey: key, request: { auth: header } },
    openai: { api: 'openai-responses', baseUrl: `${url}/v1`, apiKey: key, request: { auth: bearer } },
  };
}

const folderOf = (path: string) => path.replace(/[/\\][^/\\]*$/, '');

const config: RunConfig = {
  fileName: 'openclaw.json',
  variable: 'OPENCLAW_CONFIG_PATH',
  own(env, home) {
    const state = env.OPENCLAW_STATE_DIR || `${env.OPENCLAW_HOME || home}/.openclaw`;
    return env.OPENCLAW_CONFIG_PATH || `${state}/openclaw.json`;
  },
  text: (sidecar, own) =>
    JSON.stringify({
      // What stands beside an include is merged over it.
      ...(own === undefined ? {} : { $include: own }),
      models: { mode: 'merge', providers: providers(sidecar) },
    }),
  environment(own, env): Readonly<Record<string, string>> {
    if (own === undefined) return {};
    // It includes files of its own folder and of these only.
    const roots = [folderOf(own), env.OPENCLAW_INCLUDE_ROOTS].filter(Boolean);
    return { OPENCLAW_INCLUDE_ROOTS: roots.join(':') };
  },
};

/** Options that make it read another configuration than ours. */
const OTHER_CONFIG = /^--(?:config|isolated|auth-env-only|profile|dev|container)(?:=|$)/;

/**
 * Through `tool_call` it reaches every tool of its catalogue, by name or by id: `openclaw:core:exec` is `exec`, and
 * `openclaw:PLUGIN:NAME` and `mcp:SERVER:NAME` are named so. It would also take the id from other members (toolId, name),
 * the arguments from others (input, `args.x`, all that is left), and cut blanks off the id: those forms are none.
 */
const wrapper: Wrapper = {
  tool: 'tool_call',
  form: '{"id": "NAME", "args": {…}}',
  inner(call) {
    if (!isObject(call) || Object.keys(call).some((key) => key !== 'id' && key !== 'args')) return undefined;
    const { id, args = {} } = call;
    if (typeof id !== 'string' || !/^[\w.:/-]+$/.test(id) || !isObject(args)) return undefined;
    const name = id.replace(/^openclaw:core:/, '');
    // It is not in its own catalogue.
    return name === 'tool_call' ? undefined : { name, args };
  },
};

export const openclaw: AgentKind = {
  id: 'openclaw',
  commands: ['openclaw'],
  // It goes by those of its libraries.
  userAgent: /(?!)/,
  refusal: 'message',
  keyVariable: 'ANTHROPIC_API_KEY',
  environment: () => ({}),
  config,
  pod: {
    files: [
      {
        name: 'openclaw.json',
        path: '/etc/tollgate/openclaw.json',
        text: (sidecar) => JSON.stringify({ models: { mode: 'merge', providers: providers(sidecar) } }),
      },
    ],
    environment: { OPENCLAW_CONFIG_PATH: '/etc/tollgate/openclaw.json' },
  },
  bypasses: {
    OPENCLAW_CONTAINER: 'sends its calls out of a container',
    OPENCLAW_PROFILE: 'sends its calls to the providers of that profile',
  },
  bypassArgument(args) {
    const own = options(args);
    const argument = own.find((arg) => OTHER_CONFIG.test(arg));
    if (argument !== undefined)
      return `${around(argument, 'to the providers of another configuration')}, and name your own in OPENCLAW_CONFIG_PATH`;
    const [command, subcommand] = own.filter((arg) => !arg.startsWith('-'));
    if (command !== 'agent' || subcommand === 'exec' || own.includes('--local')) return undefined;
    return '`openclaw agent` lets the Gateway make its calls, which is another process: use `openclaw agent exec`, or add --local';
  },
  // What acts on other people, machines or its own settings has no class, and is allowed by name.
  tools: toolTable({
    read: [
      'read',
      'ls',
      'agents_list',
      'agents_wait',
      'ask_user',
      'conversations_list',
      'create_goal',
      'get_goal',
      'update_goal',
      'memory_get',
      'progress_card',
      'session_status',
      'sessions_history',
      'sessions_list',
      'sessions_yield',
      'subagents',
      'tool_describe',
    ],
    search: ['memory_search', 'sessions_search', 'tool_search'],
    // `view_image` takes URLs as well.
    browse: ['browser', 'view_image', 'web_fetch', 'web_search'],
    write: ['apply_patch', 'edit', 'write'],
    // `sessions_spawn` can start other agents' programs; `tool_search_code` runs a program that calls any tool, and so does
    // `exec` in code mode, with which `wait` goes on.
    shell: ['exec', 'process', 'sessions_spawn', 'terminal', 'tool_search_code', 'wait'],
    install: ['plugins'],
  }),
  wrapper,
  defaultModels: [{ model: 'gpt-6-astra', wire: 'openai-responses', maker: 'openai' }],
};
