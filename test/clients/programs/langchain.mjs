/** LangChain's agent, on each wire that it speaks. */
import { ChatAnthropic } from '@langchain/anthropic';
import { ChatOpenAI } from '@langchain/openai';
import { createAgent, tool } from 'langchain';
import { main, modelOr, PROMPT, WEATHER, weather } from './session.mjs';

const tools = [
  tool((args) => weather(args), {
    name: WEATHER.name,
    description: WEATHER.description,
    schema: WEATHER.schema,
  }),
];
const gpt = modelOr('gpt-5.4');
const claude = modelOr('claude-sonnet-5');

const agentOn = (model) => createAgent({ model, tools });
const asked = { messages: [{ role: 'user', content: PROMPT }] };

async function session(model) {
  const { messages } = await agentOn(model).invoke(asked);
  return messages.at(-1).text;
}

/** As pages do that show words as they come. (A model made with `streaming: true` would first fetch a tokenizer.) */
async function streamed(model) {
  let text = '';
  for await (const [chunk] of await agentOn(model).stream(asked, { streamMode: 'messages' }))
    if (chunk.type === 'ai') text += chunk.text;
  return text;
}

await main({
  chat: () => session(new ChatOpenAI({ model: gpt })),
  'chat-stream': () => streamed(new ChatOpenAI({ model: gpt })),
  responses: () => session(new ChatOpenAI({ model: gpt, useResponsesApi: true })),
  'responses-stream': () => streamed(new ChatOpenAI({ model: gpt, useResponsesApi: true })),
  anthropic: () => session(new ChatAnthropic({ model: claude, maxTokens: 2000 })),
  'anthropic-stream': () => streamed(new ChatAnthropic({ model: claude, maxTokens: 2000 })),
});
