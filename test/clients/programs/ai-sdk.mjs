/** The Vercel AI SDK, which runs the loop itself. */
import { anthropic } from '@ai-sdk/anthropic';
import { openai } from '@ai-sdk/openai';
import { generateText, isStepCount, jsonSchema, streamText, tool } from 'ai';
import { main, modelOr, PROMPT, WEATHER, weather } from './session.mjs';

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

const gpt = modelOr('gpt-5.4');
const claude = modelOr('claude-sonnet-5');
await main({
  responses: () => generated(openai(gpt)),
  'responses-stream': () => streamed(openai(gpt)),
  chat: () => generated(openai.chat(gpt)),
  'chat-stream': () => streamed(openai.chat(gpt)),
  anthropic: () => generated(anthropic(claude)),
  'anthropic-stream': () => streamed(anthropic(claude)),
});
