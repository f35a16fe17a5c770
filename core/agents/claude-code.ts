/** Claude Code, measured with 2.1.330. */
import { type AgentKind, toolTable } from './agent.ts';

const CLASSES = {
  // Looking at files, changing nothing but the conversation, and acting only through tools that are judged again.
  read: [
    'Agent',
    'Task',
    'Skill',
    'Read',
    'NotebookRead',
    'LS',
    'ListAgents',
    'ListMcpResourcesTool',
    'ReadMcpResourceTool',
    'TaskOutput',
    'TodoWrite',
    'AskUserQuestion',
    'EnterPlanMode',
    'ExitPlanMode',
    'ReportFindings',
    'DeferredToolPlaceholder',
  ],
  search: ['Glob', 'Grep', 'ToolSearch', 'LSP'],
  browse: ['WebFetch', 'WebSearch'],
  write: ['Edit', 'MultiEdit', 'Write', 'NotebookEdit', 'EnterWorktree', 'ExitWorktree'],
  shell: ['Bash', 'BashOutput', 'KillShell', 'Monitor', 'TaskStop', 'Workflow'],
};

/** @returns whether a key is a token of a login to Claude: those belong to a person, and begin so */
export function isClaudeLogin(key: string | undefined): boolean {
  return key?.trim().startsWith('sk-ant-oat') === true;
}

export const claudeCode: AgentKind = {
  id: 'claude-code',
  commands: ['claude', 'claude.exe'],
  userAgent: /^claude-cli\//,
  refusal: 'message',
  // As an API key it would ask its user about each new dummy, and it takes a token before any login of its own.
  keyVariable: 'ANTHROPIC_AUTH_TOKEN',
  environment: () => ({
    // Its calls home would carry the dummy key, be refused, and go past the sidecar.
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    // After an error in a stream it would send the same request again, without streaming, and pay twice.
    CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK: '1',
  }),
  bypasses: {
    CLAUDE_CODE_USE_BEDROCK: 'sends its calls to Amazon Bedrock',
    CLAUDE_CODE_USE_VERTEX: 'sends its calls to Google Vertex AI',
    CLAUDE_CODE_USE_FOUNDRY: 'sends its calls to Microsoft Foundry',
  },
  sessionHeader: 'x-claude-code-session-id',
  tools: toolTable(CLASSES),
  defaultModels: [{ model: 'claude-opus-5-5', wire: 'anthropic-messages', maker: 'anthropic' }],
};
