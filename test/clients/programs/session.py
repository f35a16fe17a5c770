"""What the Python programs here have in common; the same protocol as session.mjs:

  python <program>.py <mode> [model] [prompt]

It prints one line of JSON: {said, ran}, or {error: {name, status, message}, ran}.
"""

import json
import sys

_mode, _model, _prompt = (sys.argv[1:] + [None] * 3)[:3]

PROMPT = _prompt or '/tool weather {"city":"Bonn"}\n/say it rains'
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
_ran = []


def weather(city: str) -> str:
    """The weather of a city."""
    _ran.append(city)
    return f"rain in {city}"


def model_or(usual: str) -> str:
    """The model that was asked for, else one of the program's own."""
    return _model or usual


def main(modes):
    """modes: by name, functions that give what was said."""
    try:
        report = {"said": modes[_mode]()}
    except Exception as error:
        status = getattr(error, "status_code", None)
        report = {"error": {"name": type(error).__name__, "status": status, "message": str(error)}}
    print(json.dumps({**report, "ran": _ran}, ensure_ascii=False), flush=True)
