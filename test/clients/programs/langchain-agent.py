"""LangChain's agent, on each wire that it speaks."""

from langchain.agents import create_agent
from langchain_anthropic import ChatAnthropic
from langchain_openai import ChatOpenAI
from session import PROMPT, main, model_or, weather

gpt = model_or("gpt-5.4")
claude = model_or("claude-sonnet-5")
asked = {"messages": [{"role": "user", "content": PROMPT}]}


def session(model):
    return create_agent(model, tools=[weather]).invoke(asked)["messages"][-1].text


def streamed(model):
    """As pages do that show words as they come."""
    chunks = create_agent(model, tools=[weather]).stream(asked, stream_mode="messages")
    return "".join(chunk.text for chunk, _ in chunks if chunk.type == "AIMessageChunk")


main(
    {
        "chat": lambda: session(ChatOpenAI(model=gpt)),
        "chat-stream": lambda: streamed(ChatOpenAI(model=gpt)),
        "responses": lambda: session(ChatOpenAI(model=gpt, use_responses_api=True)),
        "responses-stream": lambda: streamed(ChatOpenAI(model=gpt, use_responses_api=True)),
        "anthropic": lambda: session(ChatAnthropic(model=claude, max_tokens=2000)),
        "anthropic-stream": lambda: streamed(ChatAnthropic(model=claude, max_tokens=2000)),
    }
)
