/** A graph written by hand: a node that asks, a node that runs tools, and an edge that decides between them. */
import { ChatAnthropic } from '@langchain/anthropic';
import { tool } from '@langchain/core/tools';
import { END, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { ToolNode } from '@langchain/langgraph/prebuilt';
import { ChatOpenAI } from '@langchain/openai';
import { LONG, main, modelOr, NEXT, PROMPT, WEATHER, weather } from './session.mjs';

const tools = [
  tool((args) => weather(args), {
    name: WEATHER.name,
    description: WEATHER.description,
    schema: WEATHER.schema,
  }),
];

function graphOn(chat) {
  const model = chat.bindTools(tools);
  return new StateGraph(MessagesAnnotation)
    .addNode('ask', async ({ messages }) => ({ messages: [await model.invoke(messages)] }))
    .addNode('tools', new ToolNode(tools))
    .addEdge(START, 'ask')
    .addConditionalEdges('ask', ({ messages }) => (messages.at(-1).tool_calls?.length ? 'tools' : END), [
      'tools',
      END,
    ])
    .addEdge('tools', 'ask')
    .compile();
}

const asked = (content) => ({ messages: [{ role: 'user', content }] });

async function said(graph, content) {
  const { messages } = await graph.invoke(asked(content));
  return messages.at(-1).text;
}

const session = (chat) => said(graphOn(chat), PROMPT);

async function left(chat) {
  const graph = graphOn(chat);
  const away = new AbortController();
  const options = { streamMode: 'messages', signal: away.signal };
  for await (const [chunk] of await graph.stream(asked(LONG), options)) if (chunk.text) break;
  away.abort();
  return await said(graph, NEXT);
}

const gpt = () => new ChatOpenAI({ model: modelOr('gpt-5.4') });
const claude = () => new ChatAnthropic({ model: modelOr('claude-sonnet-5'), maxTokens: 2000 });

await main({
  chat: () => session(gpt()),
  'chat-left': () => left(gpt()),
  anthropic: () => session(claude()),
  'anthropic-left': () => left(claude()),
});
