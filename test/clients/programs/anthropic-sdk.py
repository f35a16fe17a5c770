"""The official Anthropic SDK: a loop written by hand, and the SDK's own."""

from anthropic import Anthropic, beta_tool
from session import PROMPT, SCHEMA, main, model_or
from session import weather as run_weather

client = Anthropic()
model = model_or("claude-sonnet-5")


def loop(ask):
    """ask: one call of messages, giving its message."""
    messages = [{"role": "user", "content": PROMPT}]
    tool = {"name": "weather", "description": run_weather.__doc__, "input_schema": SCHEMA}
    while True:
        message = ask(model=model, messages=messages, tools=[tool], max_tokens=2000)
        calls = [block for block in message.content if block.type == "tool_use"]
        if not calls:
            return "".join(block.text for block in message.content)
        results = [
            {"type": "tool_result", "tool_use_id": call.id, "content": run_weather(**call.input)} for call in calls
        ]
        messages += [
            {"role": "assistant", "content": message.content},
            {"role": "user", "content": results},
        ]


def stream(**request):
    with client.messages.stream(**request) as events:
        return events.get_final_message()


@beta_tool
def weather(city: str) -> str:
    """The weather of a city.

    Args:
        city: its name
    """
    return run_weather(city)


def runner():
    tools = client.beta.messages.tool_runner(
        model=model, max_tokens=2000, tools=[weather], messages=[{"role": "user", "content": PROMPT}]
    )
    return "".join(block.text for block in tools.until_done().content)


def count():
    counted = client.messages.count_tokens(model=model, messages=[{"role": "user", "content": "hello"}])
    return str(counted.input_tokens > 0).lower()


main(
    {
        "messages": lambda: loop(client.messages.create),
        "messages-stream": lambda: loop(stream),
        "runner": runner,
        "count": count,
        "models": lambda: str(any(True for _ in client.models.list())).lower(),
    }
)
