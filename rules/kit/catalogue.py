"""The catalogue of rules.

Finds rules by the names of their modules, and builds them from what an installer wrote.
"""

import difflib
import importlib
import math
import pkgutil
import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from types import ModuleType
from typing import Any, get_args, get_origin, get_type_hints

import rules
from rules.kit.contract import Rule


def names() -> tuple[str, ...]:
    """The names of all rules, sorted."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(rules.__path__) if not m.ispkg))


def load(name: str) -> ModuleType:
    """The module of a rule. Raises ValueError for a name that is not one, with the nearest that is."""
    if name not in names():
        raise ValueError(f"no rule {name!r}{_nearest(name, names())}")
    return importlib.import_module(f"rules.{name}")


class SettingError(ValueError):
    """A setting of a rule that cannot be; `setting` names it, `what` says what is wrong without naming the rule."""

    def __init__(self, rule: str, setting: str, what: str) -> None:
        super().__init__(f"rule {rule!r}: {what}")
        self.setting, self.what = setting, what


def build(name: str, mapping: Mapping[str, Any]) -> Rule:
    """A rule with its settings. Raises SettingError where one is unknown or of the wrong type or value."""
    kind = load(name).Rule
    hints = get_type_hints(kind)
    known = {field.name for field in fields(kind)}
    settings = {}
    for key, value in mapping.items():
        if key not in known:
            raise SettingError(name, key, f"no setting {key!r}{_nearest(key, known | {'enabled'})}")
        try:
            settings[key] = _typed(hints[key], value)
        except ValueError as error:
            raise SettingError(name, key, f"{key}: {error}") from None
    try:
        built: Rule = kind(**settings)
    except ValueError as error:
        named = [field for field in fields(kind) if re.search(rf"\b{field.name}\b", str(error))]
        found = ", ".join(f"{field.name} = {mapping.get(field.name, field.default)!r}" for field in named)
        wrong = _culprit(kind, settings, [field.name for field in named if field.name in settings])
        raise SettingError(name, wrong, f"{error}; here {found}") from None
    return built


def _culprit(kind: Any, settings: Mapping[str, Any], named: list[str]) -> str:
    """Of the settings a complaint names, the one without which the rule could be built."""
    for key in named:
        try:
            kind(**{other: value for other, value in settings.items() if other != key})
        except ValueError:
            continue
        return key
    return named[0] if named else ""


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
