"""Semantic Kernel, which runs the loop itself (function choice "auto")."""

import asyncio

from semantic_kernel import Kernel
from semantic_kernel.connectors.ai.anthropic import AnthropicChatCompletion, AnthropicChatPromptExecutionSettings
from semantic_kernel.connectors.ai.function_choice_behavior import FunctionChoiceBehavior
from semantic_kernel.connectors.ai.open_ai import OpenAIChatCompletion, OpenAIChatPromptExecutionSettings
from semantic_kernel.contents import ChatHistory
from semantic_kernel.functions import kernel_function
from session import PROMPT, main, model_or
from session import weather as run_weather


@kernel_function(name="weather", description="The weather of a city.")
def weather(city: str) -> str:
    return run_weather(city)


async def session(service, settings, streaming=False):
    kernel = Kernel()
    kernel.add_function("forecast", weather)
    settings.function_choice_behavior = FunctionChoiceBehavior.Auto()
    history = ChatHistory()
    history.add_user_message(PROMPT)
    if not streaming:
        return str(await service.get_chat_message_content(history, settings, kernel=kernel))
    chunks = service.get_streaming_chat_message_content(history, settings, kernel=kernel)
    return "".join([str(chunk) async for chunk in chunks if chunk is not None])


def openai(streaming=False):
    service = OpenAIChatCompletion(ai_model_id=model_or("gpt-5.4"))
    return asyncio.run(session(service, OpenAIChatPromptExecutionSettings(), streaming))


def anthropic(streaming=False):
    service = AnthropicChatCompletion(ai_model_id=model_or("claude-sonnet-5"))
    return asyncio.run(session(service, AnthropicChatPromptExecutionSettings(max_tokens=2000), streaming))


main(
    {
        "chat": openai,
        "chat-stream": lambda: openai(streaming=True),
        "anthropic": anthropic,
        "anthropic-stream": lambda: anthropic(streaming=True),
    }
)
