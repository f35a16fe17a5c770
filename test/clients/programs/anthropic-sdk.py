"""The official Anthropic SDK: a loop written by hand, and the SDK's own."""

import inspect

from anthropic import Anthropic, AsyncAnthropic, beta_async_tool, beta_tool
from session import LONG, NEXT, PROMPT, SCHEMA, main, model_or, now, user
from session import weather as run_weather

client = Anthropic()
model = model_or("claude-sonnet-5")


def text_of(message):
    return "".join(block.text for block in message.content if block.type == "text")


async def loop(ask):
    """ask: one call of messages, giving its message or promising it."""
    messages = user(PROMPT)
    tool = {"name": "weather", "description": run_weather.__doc__, "input_schema": SCHEMA}
    while True:
        message = ask(model=model, messages=messages, tools=[tool], max_tokens=2000)
        message = await message if inspect.isawaitable(message) else message
        calls = [block for block in message.content if block.type == "tool_use"]
        if not calls:
            return text_of(message)
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


async def messages_async(**request):
    async with AsyncAnthropic() as other:
        return await other.messages.create(**request)


async def stream_async(**request):
    async with AsyncAnthropic() as other, other.messages.stream(**request) as events:
        return await events.get_final_message()


@beta_tool
def weather(city: str) -> str:
    """The weather of a city.

    Args:
        city: its name
    """
    return run_weather(city)


@beta_async_tool
async def weather_async(city: str) -> str:
    """The weather of a city.

    Args:
        city: its name
    """
    return run_weather(city)


weather_async.name = "weather"


def runner():
    tools = client.beta.messages.tool_runner(model=model, max_tokens=2000, tools=[weather], messages=user(PROMPT))
    return text_of(tools.until_done())


async def runner_async():
    async with AsyncAnthropic() as other:
        tools = other.beta.messages.tool_runner(
            model=model, max_tokens=2000, tools=[weather_async], messages=user(PROMPT)
        )
        return text_of(await tools.until_done())


def left():
    with client.messages.stream(model=model, messages=user(LONG), max_tokens=2000) as events:
        next(iter(events.text_stream))
    return text_of(client.messages.create(model=model, messages=user(NEXT), max_tokens=2000))


async def left_async():
    async with AsyncAnthropic() as other:
        async with other.messages.stream(model=model, messages=user(LONG), max_tokens=2000) as events:
            await anext(aiter(events.text_stream))
        return text_of(await other.messages.create(model=model, messages=user(NEXT), max_tokens=2000))


def count():
    counted = client.messages.count_tokens(model=model, messages=user("hello"))
    return str(counted.input_tokens > 0).lower()


main(
    {
        "messages": lambda: now(loop(client.messages.create)),
        "messages-stream": lambda: now(loop(stream)),
        "messages-async": lambda: loop(messages_async),
        "messages-stream-async": lambda: loop(stream_async),
        "messages-left": left,
        "messages-left-async": left_async,
        "runner": runner,
        "runner-async": runner_async,
        "count": count,
        "models": lambda: str(any(True for _ in client.models.list())).lower(),
    }
)
