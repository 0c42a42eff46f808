"""Numbers and JSON as the standards define them, not as Python accepts them.

Python reads `NaN`, `Infinity`, `1_0`, Arabic digits and `1e999` as numbers and fails on 3000 brackets with a
RecursionError. On a wire all of these are noise, so every text driver parses through these functions.
"""

import json
import math
import re
from typing import NoReturn

_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_OBEYED = r"\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
"""What a terminal or a reader's screen obeys instead of showing: control codes, line ends, turned writing, halves."""
_NAME = re.compile(f"[^{_OBEYED}]{{1,64}}")
_COMMAND = re.compile(f"[{_OBEYED}]")


class NotJsonError(ValueError):
    """The text is not JSON, is nested too deeply, or holds a number that no sensor can mean."""


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


_DECODER = json.JSONDecoder(parse_constant=_refuse)


def json_value(text: str) -> object:
    """`text` as JSON; a key given twice keeps its last value. Raises NotJsonError, and nothing else."""
    text = text.strip(" \t\r\n")
    value: object
    try:
        value, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        raise NotJsonError from None
    if end != len(text):
        raise NotJsonError
    return value


def number(value: object) -> float | None:
    """The finite number that a JSON number or a text of ASCII digits says, or None. Yes and no are not numbers."""
    if isinstance(value, bool) or not isinstance(value, (float, int, str)):
        return None
    if isinstance(value, str) and not is_numeral(value):
        return None
    try:
        exact = float(value)
    except OverflowError:
        return None
    return exact if math.isfinite(exact) else None


def is_numeral(text: str) -> bool:
    """Whether a text is written as a number, however large."""
    return _NUMBER.fullmatch(text) is not None


def is_name(text: str) -> bool:
    """Whether a name from the wire may travel on: 1 to 64 characters, none that would break a log or a tag."""
    return _NAME.fullmatch(text) is not None


def spelled_out(text: str) -> str:
    r"""`text` as it may be shown anywhere: what would be obeyed is written as in TOML and JSON, \u202e."""
    return _COMMAND.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
