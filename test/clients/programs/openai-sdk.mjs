/** The official OpenAI SDK: loops written by hand on both of its APIs, and what else it calls. */
import OpenAI from 'openai';
import { LONG, main, modelOr, NEXT, PROMPT, WEATHER, weather } from './session.mjs';

const client = new OpenAI();
const model = modelOr('gpt-5.4');
const { name, description, schema } = WEATHER;

/** @param ask one call of chat completions, giving its message */
async function chatLoop(ask) {
  const messages = [{ role: 'user', content: PROMPT }];
  const tools = [{ type: 'function', function: { name, description, parameters: schema } }];
  for (;;) {
    const message = await ask({ model, tools, messages, max_completion_tokens: 2000 });
    messages.push(message);
    if (!message.tool_calls?.length) return message.content;
    for (const { id, function: call } of message.tool_calls)
      messages.push({ role: 'tool', tool_call_id: id, content: weather(JSON.parse(call.arguments)) });
  }
}

/** @param ask one call of the Responses API, giving its response */
async function responsesLoop(ask) {
  const input = [{ role: 'user', content: PROMPT }];
  const tools = [{ type: 'function', name, description, parameters: schema, strict: true }];
  for (;;) {
    const response = await ask({ model, tools, input, store: false, max_output_tokens: 2000 });
    input.push(...response.output);
    const calls = response.output.filter(({ type }) => type === 'function_call');
    if (calls.length === 0) return response.output_text;
    for (const { call_id, arguments: args } of calls)
      input.push({ type: 'function_call_output', call_id, output: weather(JSON.parse(args)) });
  }
}

await main({
  chat: () => chatLoop(async (request) => (await client.chat.completions.create(request)).choices[0].message),
  'chat-stream': () =>
    chatLoop(async (request) => {
      const stream = client.chat.completions.stream({ ...request, stream_options: { include_usage: true } });
      return (await stream.finalChatCompletion()).choices[0].message;
    }),
  responses: () => responsesLoop((request) => client.responses.create(request)),
  'responses-stream': () => responsesLoop((request) => client.responses.stream(request).finalResponse()),
  async 'chat-left'() {
    const long = { model, messages: [{ role: 'user', content: LONG }] };
    for await (const { choices } of await client.chat.completions.create({ ...long, stream: true }))
      if (choices[0]?.delta.content) break;
    const next = { model, messages: [{ role: 'user', content: NEXT }] };
    return (await client.chat.completions.create(next)).choices[0].message.content;
  },
  async 'responses-left'() {
    for await (const { type } of await client.responses.create({ model, input: LONG, stream: true }))
      if (type === 'response.output_text.delta') break;
    return (await client.responses.create({ model, input: NEXT })).output_text;
  },
  async embeddings() {
    const { data } = await client.embeddings.create({
      model: modelOr('text-embedding-3-small'),
      input: ['a', 'b'],
    });
    return `${data.length} vectors`;
  },
  async models() {
    const ids = [];
    for await (const { id } of client.models.list()) ids.push(id);
    return `${ids.length > 0}`;
  },
});
