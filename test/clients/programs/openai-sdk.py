"""The official OpenAI SDK: loops written by hand on both of its APIs, and what else it calls."""

import inspect
import json

from openai import AsyncOpenAI, OpenAI
from session import LONG, NEXT, PROMPT, SCHEMA, main, model_or, now, user, weather

client = OpenAI()
model = model_or("gpt-5.4")


async def chat_loop(ask):
    """ask: one call of chat completions, giving its message or promising it."""
    messages = user(PROMPT)
    function = {"name": "weather", "description": weather.__doc__, "parameters": SCHEMA, "strict": True}
    while True:
        message = ask(
            model=model,
            messages=messages,
            tools=[{"type": "function", "function": function}],
            max_completion_tokens=2000,
        )
        message = await message if inspect.isawaitable(message) else message
        messages.append(message)
        if not message.tool_calls:
            return message.content
        for call in message.tool_calls:
            result = weather(**json.loads(call.function.arguments))
            messages.append({"role": "tool", "tool_call_id": call.id, "content": result})


def chat(**request):
    return client.chat.completions.create(**request).choices[0].message


def chat_stream(**request):
    with client.chat.completions.stream(stream_options={"include_usage": True}, **request) as stream:
        return stream.get_final_completion().choices[0].message


def chat_parse(**request):
    """What comes back has parsed arguments, which go along with the next request."""
    return client.chat.completions.parse(**request).choices[0].message


async def chat_async(**request):
    async with AsyncOpenAI() as other:
        return (await other.chat.completions.create(**request)).choices[0].message


async def chat_stream_async(**request):
    async with AsyncOpenAI() as other, other.chat.completions.stream(**request) as stream:
        return (await stream.get_final_completion()).choices[0].message


async def responses_loop(ask):
    """ask: one call of the Responses API, giving its response or promising it."""
    items = user(PROMPT)
    tool = {"type": "function", "name": "weather", "description": weather.__doc__, "parameters": SCHEMA, "strict": True}
    while True:
        response = ask(model=model, input=items, tools=[tool], store=False, max_output_tokens=2000)
        response = await response if inspect.isawaitable(response) else response
        items += response.output
        calls = [item for item in response.output if item.type == "function_call"]
        if not calls:
            return response.output_text
        for call in calls:
            result = weather(**json.loads(call.arguments))
            items.append({"type": "function_call_output", "call_id": call.call_id, "output": result})


def responses_stream(**request):
    with client.responses.stream(**request) as stream:
        return stream.get_final_response()


async def responses_async(**request):
    async with AsyncOpenAI() as other:
        return await other.responses.create(**request)


async def responses_stream_async(**request):
    async with AsyncOpenAI() as other, other.responses.stream(**request) as stream:
        return await stream.get_final_response()


def chat_left():
    with client.chat.completions.create(model=model, messages=user(LONG), stream=True) as stream:
        next(chunk for chunk in stream if chunk.choices and chunk.choices[0].delta.content)
    return chat(model=model, messages=user(NEXT)).content


def responses_left():
    with client.responses.create(model=model, input=LONG, stream=True) as stream:
        next(event for event in stream if event.type == "response.output_text.delta")
    return client.responses.create(model=model, input=NEXT).output_text


async def chat_left_async():
    async with AsyncOpenAI() as other:
        async with await other.chat.completions.create(model=model, messages=user(LONG), stream=True) as stream:
            async for chunk in stream:
                if chunk.choices and chunk.choices[0].delta.content:
                    break
        return (await other.chat.completions.create(model=model, messages=user(NEXT))).choices[0].message.content


def embeddings():
    reply = client.embeddings.create(model=model_or("text-embedding-3-small"), input=["a", "b"])
    return f"{len(reply.data)} vectors"


main(
    {
        "chat": lambda: now(chat_loop(chat)),
        "chat-stream": lambda: now(chat_loop(chat_stream)),
        "chat-parse": lambda: now(chat_loop(chat_parse)),
        "chat-async": lambda: chat_loop(chat_async),
        "chat-stream-async": lambda: chat_loop(chat_stream_async),
        "chat-left": chat_left,
        "chat-left-async": chat_left_async,
        "responses": lambda: now(responses_loop(client.responses.create)),
        "responses-stream": lambda: now(responses_loop(responses_stream)),
        "responses-parse": lambda: now(responses_loop(client.responses.parse)),
        "responses-async": lambda: responses_loop(responses_async),
        "responses-stream-async": lambda: responses_loop(responses_stream_async),
        "responses-left": responses_left,
        "embeddings": embeddings,
        "models": lambda: str(any(True for _ in client.models.list())).lower(),
    }
)
