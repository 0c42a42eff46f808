"""Finds rules by the names of their modules, and builds them from what an installer wrote."""

import difflib
import importlib
import math
import pkgutil
from collections.abc import Iterable, Mapping
from dataclasses import fields
from types import ModuleType
from typing import Any, get_args, get_origin, get_type_hints

import rules
from rules.base import Rule

_NOT_RULES = frozenset({"base", "catalogue", "words", "learned", "signs"})


def names() -> tuple[str, ...]:
    """The names of all rules, sorted."""
    found = (m.name for m in pkgutil.iter_modules(rules.__path__) if not m.ispkg)
    return tuple(sorted(name for name in found if name not in _NOT_RULES))


def load(name: str) -> ModuleType:
    """The module of a rule. Raises ValueError for a name that is not one, with the nearest that is."""
    if name not in names():
        raise ValueError(f"no rule {name!r}{_nearest(name, names())}")
    return importlib.import_module(f"rules.{name}")


def build(name: str, mapping: Mapping[str, Any]) -> Rule:
    """A rule with its settings. Raises ValueError where a setting is unknown or of the wrong type or value."""
    kind = load(name).Rule
    hints = get_type_hints(kind)
    known = {field.name for field in fields(kind)}
    settings = {}
    for key, value in mapping.items():
        if key not in known:
            raise ValueError(f"rule {name!r}: no setting {key!r}{_nearest(key, known)}")
        try:
            settings[key] = _typed(hints[key], value)
        except ValueError as error:
            raise ValueError(f"rule {name!r}: {key}: {error}") from None
    try:
        built: Rule = kind(**settings)
    except ValueError as error:
        raise ValueError(f"rule {name!r}: {error}") from None
    return built


def _typed(hint: Any, value: Any) -> Any:
    """`value` as a field of type `hint` takes it: a whole number where a fraction may stand, a list for a tuple."""
    if get_origin(hint) is tuple:
        if not isinstance(value, list | tuple):
            raise ValueError(f"a list is wanted, not {value!r}")
        return tuple(_typed(get_args(hint)[0], item) for item in value)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    word = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}.get(hint)
    if word and (type(value) is not hint or (hint is float and not math.isfinite(value))):
        raise ValueError(f"{word} is wanted, not {value!r}")
    return value


def _nearest(word: str, words: Iterable[str]) -> str:
    known = sorted(words)
    near = difflib.get_close_matches(word, known, 1)
    return f"; did you mean {near[0]!r}?" if near else f"; there is: {', '.join(known) or 'nothing'}"
