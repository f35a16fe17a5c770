/**
 * CrewAI, measured with 1.15.30. It begins a task again, tools and all, whenever a call fails: a refusal as an error is
 * asked for three times, a rate limit 27 times. Crews that Python runs are recognised by nothing: `run` knows the command
 * `crewai`, and `serve` what its key says.
 */
import type { AgentKind } from './agent.ts';

export const crewai: AgentKind = {
  id: 'crewai',
  commands: ['crewai'],
  userAgent: /(?!)/,
  refusal: 'message',
  keyVariable: 'ANTHROPIC_API_KEY',
  // It would wait ten seconds at its end for a host that it may not reach.
  environment: () => ({ CREWAI_DISABLE_TELEMETRY: 'true' }),
  bypasses: {},
  tools: new Map(),
  // From its source: DEFAULT_LLM_MODEL.
  defaultModels: [{ model: 'gpt-4.1-mini', wire: 'openai-chat', maker: 'openai' }],
};
