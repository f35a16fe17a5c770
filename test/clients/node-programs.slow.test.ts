/** SDKs and frameworks for Node on every wire they speak, under `tollgate run`, against the rehearsal provider. */
import { type Program, programFile, testProgram } from './programs.ts';

const EMBEDDINGS = ['2 vectors', 'paid'] as const;
const LISTED = ['true', 'free'] as const;

const node = (file: string): Program['start'] => ['node', programFile(file)];

const PROGRAMS: readonly Program[] = [
  {
    name: 'openai for Node',
    start: node('openai-sdk.mjs'),
    sessions: ['chat', 'chat-stream', 'responses', 'responses-stream'],
    left: ['chat-left', 'responses-left'],
    others: { embeddings: EMBEDDINGS, models: LISTED },
    interrupted: ['chat-stream'],
  },
  {
    name: '@anthropic-ai/sdk',
    start: node('anthropic-sdk.mjs'),
    sessions: ['messages', 'messages-stream', 'runner'],
    left: ['messages-left'],
    others: { count: LISTED, models: LISTED },
    interrupted: ['messages-stream'],
    // The tool runner asks for a thread first, and goes on without one.
    more: { runner: { session: ['threads_off', 'paid', 'paid'], denied: ['threads_off', 'paid'] } },
  },
  {
    name: 'Vercel AI SDK',
    start: node('ai-sdk.mjs'),
    sessions: ['chat', 'chat-stream', 'responses', 'responses-stream', 'anthropic', 'anthropic-stream'],
    left: ['chat-left', 'responses-left', 'anthropic-left'],
    others: { embeddings: EMBEDDINGS },
    interrupted: ['responses-stream'],
  },
  {
    name: 'LangChain for Node',
    start: node('langchain.mjs'),
    sessions: ['chat', 'chat-stream', 'responses', 'responses-stream', 'anthropic', 'anthropic-stream'],
    left: ['chat-left', 'responses-left', 'anthropic-left'],
    others: { embeddings: EMBEDDINGS },
    interrupted: ['anthropic-stream'],
  },
  {
    name: 'LangGraph for Node',
    start: node('langgraph.mjs'),
    sessions: ['chat', 'anthropic'],
    left: ['chat-left', 'anthropic-left'],
    others: {},
    interrupted: ['chat'],
  },
  {
    name: 'OpenAI Agents SDK',
    start: node('openai-agents.mjs'),
    sessions: ['responses', 'responses-stream', 'chat', 'chat-stream'],
    left: ['responses-left', 'chat-left'],
    others: {},
    interrupted: ['responses-stream'],
  },
];

for (const program of PROGRAMS) testProgram(program);
