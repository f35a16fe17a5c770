"""The official OpenAI SDK: loops written by hand on both of its APIs, and what else it calls."""

import json

from openai import OpenAI
from session import PROMPT, SCHEMA, main, model_or, weather

client = OpenAI()
model = model_or("gpt-5.4")


def chat_loop(ask):
    """ask: one call of chat completions, giving its message."""
    messages = [{"role": "user", "content": PROMPT}]
    function = {"name": "weather", "description": weather.__doc__, "parameters": SCHEMA}
    while True:
        message = ask(
            model=model,
            messages=messages,
            tools=[{"type": "function", "function": function}],
            max_completion_tokens=2000,
        )
        messages.append(message)
        if not message.tool_calls:
            return message.content
        for call in message.tool_calls:
            result = weather(**json.loads(call.function.arguments))
            messages.append({"role": "tool", "tool_call_id": call.id, "content": result})


def chat_stream(**request):
    with client.chat.completions.stream(stream_options={"include_usage": True}, **request) as stream:
        return stream.get_final_completion().choices[0].message


def responses_loop(ask):
    """ask: one call of the Responses API, giving its response."""
    items = [{"role": "user", "content": PROMPT}]
    tool = {"type": "function", "name": "weather", "description": weather.__doc__, "parameters": SCHEMA, "strict": True}
    while True:
        response = ask(model=model, input=items, tools=[tool], store=False, max_output_tokens=2000)
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


def embeddings():
    reply = client.embeddings.create(model=model_or("text-embedding-3-small"), input=["a", "b"])
    return f"{len(reply.data)} vectors"


main(
    {
        "chat": lambda: chat_loop(lambda **request: client.chat.completions.create(**request).choices[0].message),
        "chat-stream": lambda: chat_loop(chat_stream),
        "responses": lambda: responses_loop(client.responses.create),
        "responses-stream": lambda: responses_loop(responses_stream),
        "embeddings": embeddings,
        "models": lambda: str(any(True for _ in client.models.list())).lower(),
    }
)
