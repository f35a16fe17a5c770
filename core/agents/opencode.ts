/** OpenCode, measured with 1.18.33. */
import { type AgentKind, around, options, type SidecarAddress, toolTable } from './agent.ts';

/** A configuration that its own files, its project's and its logins do not change. */
function config({ url, key }: SidecarAddress): string {
  const provider = { options: { baseURL: `${url}/v1`, apiKey: key } };
  return JSON.stringify({
    // Others would be called past the sidecar: the one that it comes with, those of its own files.
    enabled_providers: ['anthropic', 'openai'],
    provider: { anthropic: provider, openai: provider },
  });
}

export const opencode: AgentKind = {
  id: 'opencode',
  commands: ['opencode', 'opencode.exe'],
  userAgent: /^opencode\//,
  refusal: 'message',
  keyVariable: 'ANTHROPIC_API_KEY',
  environment: (sidecar) => ({
    OPENCODE_CONFIG_CONTENT: config(sidecar),
    // Its stored logins: with one to ChatGPT it calls another host, whatever its configuration says.
    OPENCODE_AUTH_CONTENT: '{}',
  }),
  bypasses: {
    // It would be replaced by ours.
    OPENCODE_CONFIG_CONTENT: 'sends its calls to the providers that it names',
  },
  bypassArgument(args) {
    const own = options(args);
    const argument = own.find((arg, i) => (i === 0 && arg === 'attach') || /^--attach(?:=|$)/.test(arg));
    return argument && around(argument, 'through another process');
  },
  sessionHeader: 'x-session-id',
  tools: toolTable({
    // Looking at files, changing nothing but the conversation, and acting only through tools that are judged again.
    read: ['read', 'task', 'todowrite', 'skill', 'question', 'plan_exit', 'invalid'],
    search: ['glob', 'grep', 'lsp'],
    browse: ['webfetch', 'websearch'],
    write: ['edit', 'write', 'apply_patch'],
    shell: ['bash'],
  }),
  // With keys of both providers; the small models are for titles.
  defaultModels: [
    { model: 'claude-sonnet-4-6', wire: 'anthropic-messages', maker: 'anthropic' },
    { model: 'claude-haiku-4-5-20251001', wire: 'anthropic-messages', maker: 'anthropic' },
    { model: 'gpt-5.4-nano', wire: 'openai-responses', maker: 'openai' },
  ],
};
