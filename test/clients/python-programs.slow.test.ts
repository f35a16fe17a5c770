/** SDKs and frameworks for Python on every wire they speak, under `tollgate run`, against the rehearsal provider. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { python } from '../../scripts/client-sets.ts';
import { Machine } from './governed.ts';
import { agrees, askedFor, type Program, policies, programFile, run, testProgram } from './programs.ts';

const EMBEDDINGS = ['2 vectors', 'paid'] as const;
const LISTED = ['true', 'free'] as const;
/** The tool runners ask for a thread first, and go on without one. */
const RUNNER = {
  session: ['threads_off', 'paid', 'paid'],
  denied: ['threads_off', 'paid'],
};
/** Calls are preceded by one that counts tokens. */
const COUNTING = {
  session: ['free', 'paid', 'free', 'free', 'paid'],
  denied: ['free', 'paid'],
  // A budget has nothing against counting.
  refused: (code: string) => (code === 'budget_spent' ? 1 : 2),
  left: ['free', 'paid', 'free', 'paid'],
};

const sdks = (file: string): Program['start'] => [python('sdks'), programFile(file)];

const CREWAI: Program['start'] = [python('crewai'), programFile('crewai-crew.py')];

const PROGRAMS: readonly Program[] = [
  {
    name: 'openai for Python',
    start: sdks('openai-sdk.py'),
    sessions: [
      ...['chat', 'chat-stream', 'chat-parse', 'chat-async', 'chat-stream-async'],
      ...['responses', 'responses-stream', 'responses-parse', 'responses-async', 'responses-stream-async'],
    ],
    left: ['chat-left', 'chat-left-async', 'responses-left'],
    others: { embeddings: EMBEDDINGS, models: LISTED },
    interrupted: ['chat-stream', 'responses-stream-async'],
  },
  {
    name: 'anthropic for Python',
    start: sdks('anthropic-sdk.py'),
    sessions: [
      ...['messages', 'messages-stream', 'messages-async', 'messages-stream-async'],
      ...['runner', 'runner-async'],
    ],
    left: ['messages-left', 'messages-left-async'],
    others: { count: LISTED, models: LISTED },
    interrupted: ['messages-stream'],
    more: { runner: RUNNER, 'runner-async': RUNNER },
  },
  {
    name: 'LangChain for Python',
    start: sdks('langchain-agent.py'),
    sessions: [
      ...['chat', 'chat-stream', 'chat-async', 'chat-stream-async'],
      ...['responses', 'responses-stream', 'responses-stream-async'],
      ...['anthropic', 'anthropic-stream', 'anthropic-async', 'anthropic-stream-async'],
    ],
    left: ['chat-left', 'chat-left-async', 'responses-left', 'anthropic-left'],
    others: { embeddings: EMBEDDINGS },
    interrupted: ['chat-stream', 'anthropic-stream-async'],
    // An agent that is not asynchronous calls its model in a thread, and Python waits for that at its end.
    readsOn: ['chat-stream'],
  },
  {
    name: 'Semantic Kernel',
    start: sdks('semantic-kernel.py'),
    sessions: ['chat', 'chat-stream', 'anthropic', 'anthropic-stream'],
    left: ['chat-left', 'anthropic-left'],
    others: { embeddings: EMBEDDINGS },
    interrupted: ['chat-stream'],
  },
  {
    name: 'CrewAI',
    start: CREWAI,
    flags: ['--agent', 'crewai'],
    sessions: ['chat', 'chat-stream', 'chat-async', 'anthropic', 'anthropic-stream'],
    left: ['chat-left', 'anthropic-left'],
    // It asks in threads.
    readsOn: ['chat-left', 'anthropic-left', 'chat-stream'],
    others: {},
    interrupted: ['chat-stream'],
    more: { anthropic: COUNTING, 'anthropic-stream': COUNTING, 'anthropic-left': COUNTING },
    reads: 'answers',
  },
];

for (const program of PROGRAMS) testProgram(program);

describe('CrewAI, which begins a task again when a call fails', { timeout: 1_500_000 }, () => {
  const env = { CREWAI_DISABLE_TELEMETRY: 'true' };

  it('asks three times where nobody says that it is CrewAI, as its page says', async () => {
    const machine = new Machine('crewai-unnamed', policies('small'));
    const { stdout, stderr } = await machine.run([...CREWAI, 'chat'], [], env);
    assert.match(stdout, /"name": "PermissionDeniedError", "status": 403, .*model_not_allowed/, stderr);
    const asked = (await machine.exchanges()).map(askedFor);
    assert.deepEqual(asked, ['model_not_allowed', 'model_not_allowed', 'model_not_allowed']);
  });

  it('reads as an answer that a rate is used up, and does not run its tool again', async () => {
    const machine = new Machine('crewai-rate', policies('slow-rate'));
    // Only in the second of the first call is the wait for the next one too long to be begun.
    const slowClock = { ...env, NODE_OPTIONS: `--import ${new URL('slow-clock.ts', import.meta.url)}` };
    const crew = { start: CREWAI, flags: ['--agent', 'crewai'] };
    const { reports, stderr } = await run(machine, crew, ['chat'], '', slowClock);
    assert.match(reports[0]?.said ?? stderr, /^\[tollgate\] The rate local\/slow\/pace allows 10 tokens /);
    assert.deepEqual(reports[0]?.ran, ['Bonn']);
    const asked = (await machine.exchanges()).map(askedFor);
    assert.deepEqual(asked, ['paid', 'rate_limited']);
    await agrees(machine, asked);
  });
});
