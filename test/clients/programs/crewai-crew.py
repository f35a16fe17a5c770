"""A CrewAI crew of one, on the wires of its two native providers."""

from crewai import LLM, Agent, Crew, Task
from crewai.tools import tool
from session import PROMPT, main, model_or
from session import weather as run_weather


@tool("weather")
def weather(city: str) -> str:
    """The weather of a city."""
    return run_weather(city)


def session(llm):
    agent = Agent(
        role="forecaster",
        goal="tell the weather",
        backstory="You know all skies.",
        llm=llm,
        tools=[weather],
    )
    task = Task(description=f"Do this:\n{PROMPT}", expected_output="one sentence", agent=agent)
    return Crew(agents=[agent], tasks=[task]).kickoff().raw


gpt = model_or("gpt-5.4")
claude = model_or("claude-sonnet-5")
main(
    {
        "chat": lambda: session(LLM(model=f"openai/{gpt}")),
        "chat-stream": lambda: session(LLM(model=f"openai/{gpt}", stream=True)),
        "anthropic": lambda: session(LLM(model=f"anthropic/{claude}")),
        "anthropic-stream": lambda: session(LLM(model=f"anthropic/{claude}", stream=True)),
    }
)
