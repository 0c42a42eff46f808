"""Drivers by their module names, and their options from a configuration.

names()                                  every driver there is
load("zigbee2mqtt")                      its module
options("zigbee2mqtt", {"base": "z2m"})  its Options, or one sentence about what is wrong
"""

import dataclasses
import difflib
import importlib
import pkgutil
import typing
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

import drivers
from drivers.kit.strict import number


class UnknownDriverError(ValueError):
    """There is no driver of that name."""


class OptionError(ValueError):
    """A driver's options cannot be used as they are; the text names the key and the mend."""


def names() -> tuple[str, ...]:
    """The names of all drivers, sorted."""
    modules = sorted(module.name for module in pkgutil.iter_modules(drivers.__path__))
    return tuple(name for name in modules if hasattr(importlib.import_module(f"drivers.{name}"), "LINK"))


def load(name: str) -> ModuleType:
    """The driver's module, as `drivers.kit.contract` describes it. Raises UnknownDriverError."""
    present = {module.name for module in pkgutil.iter_modules(drivers.__path__)}
    if name in present:
        module = importlib.import_module(f"drivers.{name}")
        if hasattr(module, "LINK"):
            return module
    raise UnknownDriverError(f"there is no driver '{name}'{nearest(name, names())}")


def options(name: str, mapping: Mapping[str, object]) -> Any:
    """The driver's Options built from `mapping`. Raises UnknownDriverError or OptionError."""
    cls = load(name).Options
    hints = typing.get_type_hints(cls)
    known = [field.name for field in dataclasses.fields(cls)]
    for key in mapping:
        if key not in known:
            raise OptionError(f"driver {name} has no option '{key}'{nearest(key, known)}")
    values = {key: _checked(f"driver {name}, option {key}", value, hints[key]) for key, value in mapping.items()}
    try:
        return cls(**values)
    except ValueError as reason:
        raise OptionError(f"driver {name}, {reason}") from None


def nearest(word: str, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown word: the nearest valid spelling, or all there are."""
    names_ = sorted(known)
    close = difflib.get_close_matches(word, names_, n=1)
    if close:
        return f"; did you mean '{close[0]}'?"
    return f"; there are: {', '.join(names_)}" if names_ else "; it has none"


def _checked(where: str, value: object, hint: Any) -> object:
    """`value` in the type of `hint`, without guessing: 1 is no text, "1" no number, true no number."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        if value not in inner:
            raise OptionError(f"{where}: {value!r} is not one of {', '.join(inner)}")
        return value
    if origin in (tuple, list):
        if not isinstance(value, list | tuple):
            raise OptionError(f"{where}: it must be a list, not {_word(value)}")
        return origin(_checked(where, item, inner[0]) for item in value)
    if origin is dict:
        if not isinstance(value, Mapping):
            raise OptionError(f"{where}: it must be a table, not {_word(value)}")
        return {
            _checked(where, key, inner[0]): _checked(f"{where}.{key}", item, inner[1]) for key, item in value.items()
        }
    if hint is float and type(value) in (int, float):
        exact = number(value)
        if exact is None:
            raise OptionError(f"{where}: {value!r} is not a finite number")
        return exact
    if type(value) is not hint:
        raise OptionError(f"{where}: it must be {_WORDS[hint]}, not {_word(value)}")
    return value


_WORDS: dict[type, str] = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


def _word(value: object) -> str:
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list | tuple):
        return "a list"
    return f"{_WORDS[type(value)]} ({value!r})" if type(value) in _WORDS else type(value).__name__
