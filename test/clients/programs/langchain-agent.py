"""LangChain's agent, on each wire that it speaks."""

from langchain.agents import create_agent
from langchain_anthropic import ChatAnthropic
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from session import LONG, NEXT, PROMPT, main, model_or, user, weather

gpt = model_or("gpt-5.4")
claude = model_or("claude-sonnet-5")
asked = {"messages": user(PROMPT)}


def session(model):
    return create_agent(model, tools=[weather]).invoke(asked)["messages"][-1].text


async def session_async(model):
    return (await create_agent(model, tools=[weather]).ainvoke(asked))["messages"][-1].text


def streamed(model):
    """As pages do that show words as they come."""
    chunks = create_agent(model, tools=[weather]).stream(asked, stream_mode="messages")
    return "".join(chunk.text for chunk, _ in chunks if chunk.type == "AIMessageChunk")


async def streamed_async(model):
    chunks = create_agent(model, tools=[weather]).astream(asked, stream_mode="messages")
    return "".join([chunk.text async for chunk, _ in chunks if chunk.type == "AIMessageChunk"])


def left(model):
    chunks = model.stream(LONG)
    next(chunk for chunk in chunks if chunk.text)
    chunks.close()
    return model.invoke(NEXT).text


async def left_async(model):
    chunks = model.astream(LONG)
    async for chunk in chunks:
        if chunk.text:
            break
    await chunks.aclose()
    return (await model.ainvoke(NEXT)).text


def chat():
    return ChatOpenAI(model=gpt)


def responses():
    return ChatOpenAI(model=gpt, use_responses_api=True)


def anthropic():
    return ChatAnthropic(model=claude, max_tokens=2000)


def embeddings():
    # It would fetch a tokenizer first, to see whether the text is too long.
    model = OpenAIEmbeddings(model=model_or("text-embedding-3-small"), check_embedding_ctx_length=False)
    return f"{len(model.embed_documents(['a', 'b']))} vectors"


main(
    {
        "chat": lambda: session(chat()),
        "chat-stream": lambda: streamed(chat()),
        "chat-async": lambda: session_async(chat()),
        "chat-stream-async": lambda: streamed_async(chat()),
        "chat-left": lambda: left(chat()),
        "chat-left-async": lambda: left_async(chat()),
        "responses": lambda: session(responses()),
        "responses-stream": lambda: streamed(responses()),
        "responses-stream-async": lambda: streamed_async(responses()),
        "responses-left": lambda: left(responses()),
        "anthropic": lambda: session(anthropic()),
        "anthropic-stream": lambda: streamed(anthropic()),
        "anthropic-async": lambda: session_async(anthropic()),
        "anthropic-stream-async": lambda: streamed_async(anthropic()),
        "anthropic-left": lambda: left(anthropic()),
        "embeddings": embeddings,
    }
)
