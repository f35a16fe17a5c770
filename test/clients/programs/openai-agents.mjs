/** The OpenAI Agents SDK, which runs the loop itself. Its tracing goes elsewhere and is switched off from outside. */
import { Agent, run, setOpenAIAPI, tool } from '@openai/agents';
import { LONG, main, modelOr, NEXT, PROMPT, WEATHER, weather } from './session.mjs';

const agent = new Agent({
  name: 'forecaster',
  instructions: 'Answer about the weather.',
  model: modelOr('gpt-5.4'),
  tools: [
    tool({
      name: WEATHER.name,
      description: WEATHER.description,
      parameters: WEATHER.schema,
      execute: async (args) => weather(args),
    }),
  ],
});

async function streamed() {
  const result = await run(agent, PROMPT, { stream: true });
  await result.completed;
  return result.finalOutput;
}

async function left() {
  const away = new AbortController();
  const result = await run(agent, LONG, { stream: true, signal: away.signal });
  for await (const _ of result.toTextStream()) break;
  away.abort();
  return (await run(agent, NEXT)).finalOutput;
}

const finished = async () => (await run(agent, PROMPT)).finalOutput;

/** @returns the same on another API */
function on(api, mode) {
  return () => {
    setOpenAIAPI(api);
    return mode();
  };
}

await main({
  responses: on('responses', finished),
  'responses-stream': on('responses', streamed),
  'responses-left': on('responses', left),
  chat: on('chat_completions', finished),
  'chat-stream': on('chat_completions', streamed),
  'chat-left': on('chat_completions', left),
});
