"""A CrewAI crew of one, on the wires of its two native providers."""

from crewai import LLM, Agent, Crew, Task
from crewai.tools import tool
from session import LONG, NEXT, PROMPT, main, model_or
from session import weather as run_weather


@tool("weather")
def weather(city: str) -> str:
    """The weather of a city."""
    return run_weather(city)


def crew(llm, prompt=PROMPT, tools=(weather,), **more):
    agent = Agent(
        role="forecaster",
        goal="tell the weather",
        backstory="You know all skies.",
        llm=llm,
        tools=list(tools),
    )
    task = Task(description=f"Do this:\n{prompt}", expected_output="one sentence", agent=agent)
    return Crew(agents=[agent], tasks=[task], **more)


def session(llm):
    return crew(llm).kickoff().raw


async def session_async(llm):
    return (await crew(llm).akickoff()).raw


def left(llm):
    """A page that shows words as they come, and is closed."""
    chunks = crew(llm, LONG, (), stream=True).kickoff()
    next(iter(chunks))
    chunks.close()
    return crew(llm, NEXT, ()).kickoff().raw


gpt = f"openai/{model_or('gpt-5.4')}"
claude = f"anthropic/{model_or('claude-sonnet-5')}"
main(
    {
        "chat": lambda: session(LLM(model=gpt)),
        "chat-stream": lambda: session(LLM(model=gpt, stream=True)),
        "chat-async": lambda: session_async(LLM(model=gpt)),
        "chat-left": lambda: left(LLM(model=gpt, stream=True)),
        "anthropic": lambda: session(LLM(model=claude)),
        "anthropic-stream": lambda: session(LLM(model=claude, stream=True)),
        "anthropic-left": lambda: left(LLM(model=claude, stream=True)),
    }
)
