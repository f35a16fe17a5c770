/** Codex, measured with 0.169.0. It ignores OPENAI_BASE_URL and takes its provider from its configuration alone. */
import { type AgentKind, around, options, type SidecarAddress, toolTable } from './agent.ts';

/** Its tools; in code mode those it offers beside `exec` stand in the namespace `functions`. */
const FUNCTIONS = {
  read: [
    'view_image',
    'update_plan',
    'request_user_input',
    'request_user_input_async',
    'send_message_to_user_async',
    'get_goal',
    'create_goal',
    'update_goal',
    'get_context_remaining',
    'new_context',
    'list_mcp_resources',
    'list_mcp_resource_templates',
    'read_mcp_resource',
  ],
  search: ['tool_search'],
  browse: ['web_search'],
  write: ['apply_patch', 'multi_env_copy_file'],
  // `exec` runs a program that calls any of the others, and `wait` goes on with it.
  shell: ['exec_command', 'write_stdin', 'shell', 'shell_command', 'local_shell', 'exec', 'wait'],
  install: ['request_plugin_install'],
};

/** Other agents of the same process, whose calls are judged as its own are; and the time. */
const SPACES: Readonly<Record<string, readonly string[]>> = {
  collaboration: [
    'followup_task',
    'interrupt_agent',
    'list_agents',
    'send_message',
    'spawn_agent',
    'wait_agent',
  ],
  multi_agent_v1: ['close_agent', 'resume_agent', 'send_input', 'spawn_agent', 'wait_agent'],
  clock: ['curr_time', 'sleep'],
};

const within = (space: string, names: readonly string[]) => names.map((name) => `${space}/${name}`);
const both = (names: readonly string[]) => [...names, ...within('functions', names)];

/** As TOML. */
function settings({ url }: SidecarAddress): readonly string[] {
  return [
    'model_provider="tollgate"',
    `model_providers.tollgate={name="Tollgate",base_url="${url}/v1",env_key="OPENAI_API_KEY",wire_api="responses"}`,
    // With some models it offers the provider's web search in every request; that is refused, and so all would be.
    'web_search="disabled"',
  ];
}

export const codex: AgentKind = {
  id: 'codex',
  commands: ['codex', 'codex.exe'],
  userAgent: /^codex(?:_exec|-tui|_cli_rs|_vscode)\//,
  refusal: 'message',
  keyVariable: 'ANTHROPIC_API_KEY',
  environment: () => ({}),
  /**
   * A provider of our own: no login of the user's is sent to it, there is no attempt at a WebSocket, and these win over
   * config.toml and its profiles. Sessions are listed by provider: those of governed runs go on in governed runs.
   */
  arguments: (sidecar) => settings(sidecar).flatMap((setting) => ['-c', setting]),
  // Wins over the user's own file and over arguments.
  pod: {
    files: [
      {
        name: 'codex.toml',
        path: '/etc/codex/managed_config.toml',
        text: (sidecar) => `${settings(sidecar).join('\n')}\n`,
      },
    ],
  },
  bypasses: {},
  bypassArgument(args) {
    const own = options(args);
    if (own[0] === 'cloud') return '`codex cloud` runs tasks on machines of OpenAI, past Tollgate';
    for (const [i, argument] of own.entries()) {
      if (/^--(?:oss|local-provider)(?:=|$)/.test(argument)) return around(argument, 'to a local model');
      if (/^--remote(?:=|$)/.test(argument)) return around(argument, 'through another process');
      const set = /^(?:-c|--config)$/.test(argument)
        ? own[i + 1]
        : /^(?:-c|--config)=?(.+)$/.exec(argument)?.[1];
      if (/^\s*model_providers?\b/.test(set ?? '')) return around(`-c ${set}`, 'to another provider');
    }
    return undefined;
  },
  sessionHeader: 'session-id',
  tools: toolTable({
    read: [
      ...both(FUNCTIONS.read),
      ...Object.entries(SPACES).flatMap(([space, names]) => within(space, names)),
    ],
    search: both(FUNCTIONS.search),
    browse: both(FUNCTIONS.browse),
    write: both(FUNCTIONS.write),
    shell: both(FUNCTIONS.shell),
    install: both(FUNCTIONS.install),
  }),
  defaultModels: [
    {
      model: 'gpt-6.1-sol',
      wire: 'openai-responses',
      maker: 'openai',
      published: {
        input: '4',
        output: '15',
        cacheRead: '0.2',
        cacheWrite5m: '5',
        contextWindow: 1_050_000,
        note: "OpenAI's rates above 272,000 input tokens, as of 2026-11; below they are 2, 10, 0.1 and 2.5",
      },
    },
  ],
};
