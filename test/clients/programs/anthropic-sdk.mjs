/** The official Anthropic SDK: a loop written by hand, and the SDK's own. */
import Anthropic from '@anthropic-ai/sdk';
import { LONG, main, modelOr, NEXT, PROMPT, WEATHER, weather } from './session.mjs';

const client = new Anthropic();
const model = modelOr('claude-sonnet-5');
const tool = { name: WEATHER.name, description: WEATHER.description, input_schema: WEATHER.schema };
const request = (content) => ({ model, max_tokens: 2000, messages: [{ role: 'user', content }] });

const textOf = ({ content }) => content.map((block) => (block.type === 'text' ? block.text : '')).join('');

/** @param ask one call of messages, giving its message */
async function loop(ask) {
  const { messages, ...rest } = request(PROMPT);
  for (;;) {
    const message = await ask({ ...rest, messages, tools: [tool] });
    const calls = message.content.filter(({ type }) => type === 'tool_use');
    if (calls.length === 0) return textOf(message);
    const content = calls.map(({ id, input }) => ({
      type: 'tool_result',
      tool_use_id: id,
      content: weather(input),
    }));
    messages.push({ role: 'assistant', content: message.content }, { role: 'user', content });
  }
}

await main({
  messages: () => loop((asked) => client.messages.create(asked)),
  'messages-stream': () => loop((asked) => client.messages.stream(asked).finalMessage()),
  async runner() {
    const tools = [{ ...tool, run: weather, parse: (input) => input }];
    return textOf(await client.beta.messages.toolRunner({ ...request(PROMPT), tools }));
  },
  async 'messages-left'() {
    for await (const { type } of client.messages.stream(request(LONG)))
      if (type === 'content_block_delta') break;
    return textOf(await client.messages.create(request(NEXT)));
  },
  async count() {
    const { input_tokens } = await client.messages.countTokens({ model, messages: request(PROMPT).messages });
    return `${input_tokens > 0}`;
  },
  async models() {
    const ids = [];
    for await (const { id } of client.models.list()) ids.push(id);
    return `${ids.length > 0}`;
  },
});
