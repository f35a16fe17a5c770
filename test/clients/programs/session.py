"""What the Python programs here have in common; the same protocol as session.mjs:

  python <program>.py <mode>[,<mode>…] [model] [prompt]

For each mode it prints one line of JSON: {mode, said, ran}, or {mode, error: {name, status, message}, ran}.
"""

import asyncio
import inspect
import json
import sys

_modes, _model, _prompt = (sys.argv[1:] + [None] * 3)[:3]

PROMPT = _prompt or '/tool weather {"city":"Bonn"}\n/say it rains'
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
# A program that loses interest in an answer: what it asked for, and what it asks for next.
LONG = "/pace 20\n/tokens 400"
NEXT = "/say it rains"
_ran = []


def weather(city: str) -> str:
    """The weather of a city."""
    _ran.append(city)
    return f"rain in {city}"


def model_or(usual: str) -> str:
    """The model that was asked for, else one of the program's own."""
    return _model or usual


def user(text: str):
    """A conversation of one message."""
    return [{"role": "user", "content": text}]


def now(conversation):
    """What was said in a conversation in which nothing is waited for; ^C ends it, as it does without an event loop."""
    try:
        conversation.send(None)
    except StopIteration as end:
        return end.value
    raise TypeError("something was waited for")


def main(modes):
    """modes: by name, functions that give what was said, or promise it."""
    with asyncio.Runner() as runner:
        for mode in _modes.split(","):
            _ran.clear()
            try:
                said = modes[mode]()
                report = {"said": runner.run(said) if inspect.iscoroutine(said) else said}
            except Exception as error:
                status = getattr(error, "status_code", None)
                # Some frameworks say in the second argument what happened.
                message = " ".join(str(part) for part in error.args) or str(error)
                report = {"error": {"name": type(error).__name__, "status": status, "message": message}}
            print(json.dumps({"mode": mode, **report, "ran": _ran}, ensure_ascii=False), flush=True)
