/** A graph written by hand: a node that asks, a node that runs tools, and an edge that decides between them. */
import { ChatAnthropic } from '@langchain/anthropic';
import { tool } from '@langchain/core/tools';
import { END, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { ToolNode } from '@langchain/langgraph/prebuilt';
import { ChatOpenAI } from '@langchain/openai';
import { main, modelOr, PROMPT, WEATHER, weather } from './session.mjs';

const tools = [
  tool((args) => weather(args), {
    name: WEATHER.name,
    description: WEATHER.description,
    schema: WEATHER.schema,
  }),
];

async function session(chat) {
  const model = chat.bindTools(tools);
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('ask', async ({ messages }) => ({ messages: [await model.invoke(messages)] }))
    .addNode('tools', new ToolNode(tools))
    .addEdge(START, 'ask')
    .addConditionalEdges('ask', ({ messages }) => (messages.at(-1).tool_calls?.length ? 'tools' : END), [
      'tools',
      END,
    ])
    .addEdge('tools', 'ask')
    .compile();
  const { messages } = await graph.invoke({ messages: [{ role: 'user', content: PROMPT }] });
  return messages.at(-1).text;
}

await main({
  chat: () => session(new ChatOpenAI({ model: modelOr('gpt-5.4') })),
  anthropic: () => session(new ChatAnthropic({ model: modelOr('claude-sonnet-5'), maxTokens: 2000 })),
});
