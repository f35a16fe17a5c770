/** The OpenAI Agents SDK, which runs the loop itself. Its tracing goes elsewhere and is switched off from outside. */
import { Agent, run, setOpenAIAPI, tool } from '@openai/agents';
import { main, modelOr, PROMPT, WEATHER, weather } from './session.mjs';

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

const finished = async () => (await run(agent, PROMPT)).finalOutput;

await main({
  responses: finished,
  'responses-stream': streamed,
  async chat() {
    setOpenAIAPI('chat_completions');
    return await finished();
  },
  async 'chat-stream'() {
    setOpenAIAPI('chat_completions');
    return await streamed();
  },
});
