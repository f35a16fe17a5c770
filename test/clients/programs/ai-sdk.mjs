/** The Vercel AI SDK, which runs the loop itself. */
import { anthropic } from '@ai-sdk/anthropic';
import { openai } from '@ai-sdk/openai';
import { embedMany, generateText, isStepCount, jsonSchema, streamText, tool } from 'ai';
import { LONG, main, modelOr, NEXT, PROMPT, WEATHER, weather } from './session.mjs';

const request = (model) => ({
  model,
  prompt: PROMPT,
  tools: {
    weather: tool({
      description: WEATHER.description,
      inputSchema: jsonSchema(WEATHER.schema),
      execute: async (args) => weather(args),
    }),
  },
  stopWhen: isStepCount(5),
});

const generated = async (model) => (await generateText(request(model))).text;

async function streamed(model) {
  let failed;
  const result = streamText({
    ...request(model),
    onError({ error }) {
      failed = error;
    },
  });
  let text = '';
  for await (const chunk of result.textStream) text += chunk;
  if (failed !== undefined) throw failed;
  return text;
}

async function left(model) {
  const away = new AbortController();
  const { textStream } = streamText({ model, prompt: LONG, abortSignal: away.signal });
  for await (const _ of textStream) break;
  away.abort();
  return (await generateText({ model, prompt: NEXT })).text;
}

const gpt = modelOr('gpt-5.4');
const claude = modelOr('claude-sonnet-5');
await main({
  responses: () => generated(openai(gpt)),
  'responses-stream': () => streamed(openai(gpt)),
  chat: () => generated(openai.chat(gpt)),
  'chat-stream': () => streamed(openai.chat(gpt)),
  anthropic: () => generated(anthropic(claude)),
  'anthropic-stream': () => streamed(anthropic(claude)),
  'responses-left': () => left(openai(gpt)),
  'chat-left': () => left(openai.chat(gpt)),
  'anthropic-left': () => left(anthropic(claude)),
  async embeddings() {
    const model = openai.embedding(modelOr('text-embedding-3-small'));
    return `${(await embedMany({ model, values: ['a', 'b'] })).embeddings.length} vectors`;
  },
});
