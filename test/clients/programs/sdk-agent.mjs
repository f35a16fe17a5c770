/** A program as users write it on the official SDK: everything it needs to know is in its environment. */
import Anthropic from '@anthropic-ai/sdk';

const client = new Anthropic();
const model = 'claude-sonnet-5';
const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const weather = { name: 'weather', description: 'The weather of a city.', input_schema: schema };

const modes = {
  /** A loop written by hand, streaming. */
  async loop() {
    const messages = [{ role: 'user', content: '/tool weather {"city":"Bonn"}\n/say it rains' }];
    for (;;) {
      const reply = await client.messages
        .stream({ model, max_tokens: 2000, tools: [weather], messages })
        .finalMessage();
      messages.push({ role: 'assistant', content: reply.content });
      const calls = reply.content.filter(({ type }) => type === 'tool_use');
      if (calls.length === 0) return reply.content.map(({ text }) => text).join('');
      const results = calls.map(({ id, input }) => ({
        type: 'tool_result',
        tool_use_id: id,
        content: `rain in ${input.city}`,
      }));
      messages.push({ role: 'user', content: results });
    }
  },

  /** The SDK's own loop. It asks for message threads first, and goes without where there are none. */
  async runner() {
    const runner = client.beta.messages.toolRunner({
      model,
      max_tokens: 2000,
      tools: [{ ...weather, run: ({ city }) => `rain in ${city}`, parse: (input) => input }],
      messages: [{ role: 'user', content: '/tool weather {"city":"Bonn"}\n/say it rains' }],
    });
    const reply = await runner;
    return reply.content.map(({ text }) => text).join('');
  },

  async plain() {
    const reply = await client.messages.create({
      model,
      max_tokens: 100,
      messages: [{ role: 'user', content: '/say hello' }],
    });
    return reply.content[0].text;
  },

  async refused() {
    try {
      await client.messages.create({
        model: 'claude-opus-5',
        max_tokens: 100,
        messages: [{ role: 'user', content: 'hi' }],
      });
      return 'not refused';
    } catch (error) {
      return `${error.constructor.name} ${error.status} ${error.error.error.message}`;
    }
  },

  async count() {
    const { input_tokens } = await client.messages.countTokens({
      model,
      messages: [{ role: 'user', content: 'hello' }],
    });
    const models = [];
    for await (const { id } of client.models.list()) models.push(id);
    return `${input_tokens > 0} ${models.includes(model)}`;
  },
};

console.log(await modes[process.argv[2]]());
