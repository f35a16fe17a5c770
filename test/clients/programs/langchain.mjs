/** LangChain's agent, on each wire that it speaks. */
import { ChatAnthropic } from '@langchain/anthropic';
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai';
import { createAgent, tool } from 'langchain';
import { LONG, main, modelOr, NEXT, PROMPT, WEATHER, weather } from './session.mjs';

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

async function left(model) {
  for await (const chunk of await model.stream(LONG)) if (chunk.text) break;
  return (await model.invoke(NEXT)).text;
}

const chat = () => new ChatOpenAI({ model: gpt });
const responses = () => new ChatOpenAI({ model: gpt, useResponsesApi: true });
const claudeOn = () => new ChatAnthropic({ model: claude, maxTokens: 2000 });

await main({
  chat: () => session(chat()),
  'chat-stream': () => streamed(chat()),
  'chat-left': () => left(chat()),
  responses: () => session(responses()),
  'responses-stream': () => streamed(responses()),
  'responses-left': () => left(responses()),
  anthropic: () => session(claudeOn()),
  'anthropic-stream': () => streamed(claudeOn()),
  'anthropic-left': () => left(claudeOn()),
  async embeddings() {
    const model = new OpenAIEmbeddings({ model: modelOr('text-embedding-3-small') });
    return `${(await model.embedDocuments(['a', 'b'])).length} vectors`;
  },
});
