"""Semantic Kernel, which runs the loop itself (function choice "auto")."""

from semantic_kernel import Kernel
from semantic_kernel.connectors.ai.anthropic import AnthropicChatCompletion, AnthropicChatPromptExecutionSettings
from semantic_kernel.connectors.ai.function_choice_behavior import FunctionChoiceBehavior
from semantic_kernel.connectors.ai.open_ai import (
    OpenAIChatCompletion,
    OpenAIChatPromptExecutionSettings,
    OpenAITextEmbedding,
)
from semantic_kernel.contents import ChatHistory, TextContent
from semantic_kernel.functions import kernel_function
from session import LONG, NEXT, PROMPT, main, model_or
from session import weather as run_weather


@kernel_function(name="weather", description="The weather of a city.")
def weather(city: str) -> str:
    return run_weather(city)


def history(text):
    asked = ChatHistory()
    asked.add_user_message(text)
    return asked


def openai():
    return OpenAIChatCompletion(ai_model_id=model_or("gpt-5.4")), OpenAIChatPromptExecutionSettings()


def anthropic():
    service = AnthropicChatCompletion(ai_model_id=model_or("claude-sonnet-5"))
    return service, AnthropicChatPromptExecutionSettings(max_tokens=2000)


async def session(of, streaming=False):
    service, settings = of()
    kernel = Kernel()
    kernel.add_function("forecast", weather)
    settings.function_choice_behavior = FunctionChoiceBehavior.Auto()
    if not streaming:
        said = await service.get_chat_message_content(history(PROMPT), settings, kernel=kernel)
        # str(said) is the first text alone, and Claude may say several.
        return "".join(item.text for item in said.items if isinstance(item, TextContent))
    chunks = service.get_streaming_chat_message_content(history(PROMPT), settings, kernel=kernel)
    return "".join([str(chunk) async for chunk in chunks if chunk is not None])


async def left(of):
    service, settings = of()
    chunks = service.get_streaming_chat_message_content(history(LONG), settings)
    async for chunk in chunks:
        if str(chunk):
            break
    await chunks.aclose()
    return str(await service.get_chat_message_content(history(NEXT), settings))


async def embeddings():
    service = OpenAITextEmbedding(ai_model_id=model_or("text-embedding-3-small"))
    return f"{len(await service.generate_embeddings(['a', 'b']))} vectors"


main(
    {
        "chat": lambda: session(openai),
        "chat-stream": lambda: session(openai, streaming=True),
        "chat-left": lambda: left(openai),
        "anthropic": lambda: session(anthropic),
        "anthropic-stream": lambda: session(anthropic, streaming=True),
        "anthropic-left": lambda: left(anthropic),
        "embeddings": embeddings,
    }
)
